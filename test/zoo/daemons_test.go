//go:build linux

package zoo

// zone is a zone of DNS with one host.
const zone = "$ORIGIN zoo.test.\n$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 10.9.8.6\na A 10.9.8.7\n"

// ircLogin registers with an IRC server.
const ircLogin = `exec 3<>/dev/tcp/$IP/6667; printf 'NICK a\r\nUSER a 0 * :a\r\n' >&3; timeout 5 grep -m 1 001 <&3`

// daemons are the servers that only "make zoo" runs.
var daemons = []row{
	{
		name: "dovecot", packages: "dovecot-core dovecot-imapd",
		files: map[string]string{"dovecot.conf": "protocols = imap\nlisten = *\nssl = no\ndisable_plaintext_auth = no\nlog_path = /dev/stderr\nmail_location = maildir:/tmp/%u\npassdb {\n  driver = static\n  args = nopassword=y\n}\nuserdb {\n  driver = static\n  args = uid=nobody gid=nogroup home=/tmp\n}\n"},
		pack:  "dovecot --conf dovecot.conf",
		why:   "it starts the programs of its services",
		add:   "--package dovecot-core --package dovecot-imapd --with data,helpers",
		probe: `exec 3<>/dev/tcp/$IP/143; printf 'a login u p\r\nb logout\r\n' >&3; timeout 5 cat <&3`, want: "a OK.*Logged in",
	},
	{
		name: "varnish", packages: "varnish curl",
		files: map[string]string{"default.vcl": "vcl 4.0;\nbackend default none;\nsub vcl_recv { return (synth(200, \"the zoo\")); }\n"},
		pack:  "varnishd --conf default.vcl -- -F -a :8080",
		why:   "varnishd compiles its configuration with gcc",
		add:   "x86_64-linux-gnu-gcc rm as ld --with shell --package gcc-12 --package cpp-12 --package libc6-dev --package libgcc-12-dev --package linux-libc-dev --package binutils-x86-64-linux-gnu --package varnish",
		probe: "curl -sS http://$IP:8080/", want: "the zoo",
	},
	{
		name: "nsd", packages: "nsd bind9-dnsutils",
		files: map[string]string{
			"nsd.conf": "server:\n  ip-address: 0.0.0.0\n  zonesdir: \"/etc/nsd\"\n  username: nsd\n  database: \"\"\nremote-control:\n  control-enable: no\nzone:\n  name: zoo.test\n  zonefile: zoo.zone\n",
			"zoo.zone": zone,
		},
		pack:  "nsd --conf nsd.conf --copy zoo.zone:/etc/nsd/zoo.zone -- -d",
		probe: "dig +short +time=1 +tries=1 @$IP a.zoo.test", want: "10.9.8.7",
	},
	{
		name: "prosody", packages: "prosody",
		files: map[string]string{"prosody.cfg.lua": "interfaces = { \"*\" }\ndata_path = \"/tmp\"\nlog = { info = \"*console\" }\nallow_unencrypted_plain_auth = true\nc2s_require_encryption = false\nVirtualHost \"zoo.test\"\n"},
		pack:  "prosody --conf prosody.cfg.lua -u prosody -- -F",
		why:   "its modules in /usr/lib/prosody are larger than 1 MB",
		add:   "--with data",
		probe: `exec 3<>/dev/tcp/$IP/5222; printf "<?xml version='1.0'?><stream:stream to='zoo.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>" >&3; timeout 3 cat <&3 || true`, want: "<stream:stream .*from='zoo.test'",
	},
	{
		name: "exim4", packages: "exim4-daemon-light",
		files: map[string]string{"exim4.conf": "primary_hostname = zoo.test\nacl_smtp_rcpt = ok\nhost_lookup =\nbegin acl\nok:\n  accept\nbegin routers\nnone:\n  driver = redirect\n  data = :blackhole:\n"},
		pack:  "exim4 --conf exim4.conf --expose 25 -- -bdf -q30m",
		probe: `exec 3<>/dev/tcp/$IP/25; for s in 'HELO a' 'MAIL FROM:<a@zoo.test>' 'RCPT TO:<b@zoo.test>' DATA $'zoo\r\n.' QUIT; do read -r l <&3; echo "$l"; printf '%s\r\n' "$s" >&3; done; timeout 5 cat <&3`, want: "250 OK id=",
	},
	{
		name: "opendkim", packages: "opendkim",
		files: map[string]string{"opendkim.conf": "Mode v\nSocket inet:8891@0.0.0.0\nUserID opendkim\nBackground no\nSyslog no\n"},
		pack:  "opendkim --conf opendkim.conf -- -f",
		probe: `exec 3<>/dev/tcp/$IP/8891; printf '\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff' >&3; timeout 5 head -c 5 <&3 | tail -c 1`, want: "^O",
	},
	{
		name: "freeradius", packages: "freeradius",
		pack: "freeradius --copy /etc/freeradius",
		why:  "the copied files can be read only by freerad, who owns them here",
		run:  "freeradius -XC", want: "Configuration appears to be OK",
	},
	{
		name: "snmpd", packages: "snmpd snmp",
		files: map[string]string{"snmpd.conf": "agentAddress udp:161\nrocommunity public\nsysContact zoo@zoo.test\n"},
		pack:  "snmpd --conf snmpd.conf -- -f -Lo",
		probe: "snmpget -v2c -c public -t 1 -r 0 $IP 1.3.6.1.2.1.1.4.0", want: "zoo@zoo.test",
	},
	{
		name: "influxd", packages: "influxdb curl",
		files: map[string]string{"influxdb.conf": "reporting-disabled = true\n[meta]\n  dir = \"/var/lib/influxdb/meta\"\n[data]\n  dir = \"/var/lib/influxdb/data\"\n  wal-dir = \"/var/lib/influxdb/wal\"\n"},
		pack:  "influxd --conf influxdb.conf --volume /var/lib/influxdb",
		probe: "curl -sSi http://$IP:8086/ping", want: "(?i)x-influxdb-version",
	},
	{
		name: "prometheus", packages: "prometheus curl",
		files: map[string]string{"prometheus.yml": "scrape_configs:\n- job_name: zoo\n  static_configs:\n  - targets: ['localhost:9090']\n"},
		pack:  "prometheus --conf prometheus.yml -- --storage.tsdb.path=/tmp/p",
		probe: "curl -sS http://$IP:9090/api/v1/status/config", want: "job_name: zoo",
	},
	{
		name: "caddy", packages: "caddy curl",
		files: map[string]string{"Caddyfile": ":8080\nrespond \"the zoo\"\n"},
		pack:  "caddy --conf Caddyfile:/etc/caddy/Caddyfile --cmd 'caddy run --config /etc/caddy/Caddyfile'",
		probe: "curl -sS http://$IP:8080/", want: "the zoo",
	},
	{
		name: "etcd", packages: "etcd-server curl",
		pack:  "etcd --expose 2379 -- --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://localhost:2379 --data-dir /tmp/etcd",
		probe: "curl -sS http://$IP:2379/version", want: "etcdserver",
	},
	{
		name: "nats-server", packages: "nats-server",
		files: map[string]string{"nats.conf": "port: 4222\nserver_name: zoo\n"},
		pack:  "nats-server --conf nats.conf",
		probe: `exec 3<>/dev/tcp/$IP/4222; timeout 2 head -n 1 <&3`, want: `"server_name":"zoo"`,
	},
	{
		name: "turnserver", packages: "coturn",
		files: map[string]string{"turnserver.conf": "listening-port=3478\nrealm=zoo.test\nlt-cred-mech\nuser=a:b\nlog-file=stdout\nno-cli\n"},
		pack:  "turnserver --conf turnserver.conf",
		probe: "timeout 5 turnutils_stunclient $IP", want: "UDP reflexive addr",
	},
	{
		name: "knotd", packages: "knot bind9-dnsutils",
		files: map[string]string{
			"knot.conf": "server:\n    rundir: \"/run/knot\"\n    user: knot:knot\n    listen: 0.0.0.0@53\nlog:\n  - target: stdout\n    any: info\ntemplate:\n  - id: default\n    storage: \"/var/lib/knot\"\nzone:\n  - domain: zoo.test\n    storage: \"/etc/knot\"\n    file: \"zoo.zone\"\n",
			"zoo.zone":  zone,
		},
		pack:  "knotd --conf knot.conf --copy zoo.zone:/etc/knot/zoo.zone",
		why:   "the directories of the configuration do not belong to the user that it names",
		add:   "--mkdir /run/knot:0755:knot --mkdir /var/lib/knot:0755:knot",
		probe: "dig +short +time=1 +tries=1 @$IP a.zoo.test", want: "10.9.8.7",
	},
	{
		name: "pdns", packages: "pdns-server pdns-backend-bind bind9-dnsutils",
		files: map[string]string{
			"pdns.conf":  "launch=bind\nbind-config=/etc/powerdns/named.conf\nlocal-address=0.0.0.0\nsetuid=pdns\nsetgid=pdns\n",
			"named.conf": "zone \"zoo.test\" { type master; file \"/etc/powerdns/zoo.zone\"; };\n",
			"zoo.zone":   zone,
		},
		pack:  "pdns_server --conf pdns.conf --copy named.conf:/etc/powerdns/named.conf --copy zoo.zone:/etc/powerdns/zoo.zone",
		why:   "the plugin is in a package of its own",
		add:   "--package pdns-backend-bind",
		probe: "dig +short +time=1 +tries=1 @$IP a.zoo.test", want: "10.9.8.7",
	},
	{
		name: "icecast2", packages: "icecast2 curl",
		files: map[string]string{"icecast.xml": "<icecast><hostname>zoo.test</hostname><authentication><source-password>x</source-password><admin-user>admin</admin-user><admin-password>x</admin-password></authentication>" +
			"<listen-socket><port>8000</port></listen-socket><paths><basedir>/usr/share/icecast2</basedir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot><logdir>/tmp</logdir></paths>" +
			"<logging><errorlog>-</errorlog><accesslog>-</accesslog></logging><security><changeowner><user>icecast2</user><group>icecast</group></changeowner></security></icecast>\n"},
		pack:  "icecast2 --conf icecast.xml",
		why:   "icecast2 refuses to run as root",
		add:   "--user icecast2",
		probe: "curl -sS http://$IP:8000/status-json.xsl", want: "icestats",
	},
	{
		name: "transmission-daemon", packages: "transmission-daemon curl",
		pack:  "transmission-daemon --expose 9091 -- -f -g /tmp/t --no-auth -a '*.*.*.*'",
		probe: "curl -sS http://$IP:9091/transmission/web/", want: "Transmission Web Interface",
	},
	{
		name: "privoxy", packages: "privoxy curl",
		files: map[string]string{"privoxy.conf": "confdir /etc/privoxy\nlisten-address 0.0.0.0:8118\n"},
		pack:  "privoxy --conf privoxy.conf --cmd 'privoxy --no-daemon /etc/privoxy/privoxy.conf'",
		probe: "curl -sS -x http://$IP:8118 http://p.p/", want: "<title>Privoxy@",
	},
	{
		name: "inspircd", packages: "inspircd",
		files: map[string]string{"inspircd.conf": "<server name=\"irc.zoo.test\" description=\"z\" network=\"z\">\n<admin name=\"a\" nick=\"a\" email=\"a@zoo.test\">\n<bind address=\"\" port=\"6667\" type=\"clients\">\n<connect allow=\"*\" resolvehostnames=\"no\">\n<pid file=\"/tmp/i.pid\">\n<log method=\"file\" type=\"* -USERINPUT -USEROUTPUT\" target=\"/dev/stdout\">\n"},
		pack:  "inspircd --conf inspircd.conf -u irc -- --nofork",
		why:   "its data (/usr/lib/inspircd) is larger than 1 MB",
		add:   "--with data",
		probe: ircLogin, want: "irc.zoo.test 001",
	},
	{
		name: "in.tftpd", packages: "tftpd-hpa curl",
		files: map[string]string{"a.txt": page},
		pack:  "in.tftpd --copy a.txt:/srv/tftp/a.txt --expose 69/udp -- -L -s /srv/tftp",
		probe: "curl -sS --max-time 3 tftp://$IP/a.txt", want: "the zoo",
	},
	{
		name: "uwsgi", packages: "uwsgi-core uwsgi-plugin-python3 curl",
		files: map[string]string{"app.py": wsgi},
		pack:  "uwsgi --copy app.py:/srv/app.py --expose 8080 -- --plugin python3 --http-socket :8080 --wsgi-file /srv/app.py",
		why:   "the plugin is in a package of its own, and only the arguments name it",
		add:   "--package uwsgi-plugin-python3 --package libpython3.11-stdlib --package libpython3.11-minimal",
		probe: "curl -sS http://$IP:8080/", want: `"zoo": 42`,
	},
	{
		name: "gunicorn", packages: "gunicorn curl",
		files: map[string]string{"app.py": wsgi},
		pack:  "gunicorn --copy app.py:/srv/app.py -w /srv --expose 8000 -- -b 0.0.0.0:8000 app",
		why:   "Python's standard library is larger than 1 MB",
		add:   "--with data",
		probe: "curl -sS http://$IP:8000/", want: `"zoo": 42`,
	},
	{
		name: "php-fpm", packages: "php8.2-fpm libfcgi-bin",
		files: map[string]string{"php-fpm.conf": "[global]\nerror_log = /dev/stderr\n[www]\nuser = www-data\ngroup = www-data\nlisten = 0.0.0.0:9000\npm = static\npm.max_children = 1\nping.path = /ping\n"},
		pack:  "php-fpm8.2 --conf php-fpm.conf -- -F",
		probe: "SCRIPT_NAME=/ping SCRIPT_FILENAME=/ping REQUEST_METHOD=GET cgi-fcgi -bind -connect $IP:9000", want: "pong",
	},
	{
		name: "monit", packages: "monit curl",
		files: map[string]string{"monitrc": "set daemon 30\nset httpd port 2812 and allow admin:x\n"},
		pack:  "monit --conf monitrc -- -I",
		why:   "monit refuses a configuration file that others can read",
		add:   "--copy src=monitrc,dst=/etc/monit/rc,chmod=0600 --cmd 'monit -I -c /etc/monit/rc'",
		probe: "curl -sS -u admin:x http://$IP:2812/", want: "Monit",
	},
	{
		name: "dropbear", packages: "dropbear-bin openssh-client",
		pack:  "dropbear --volume /etc/dropbear --expose 22 -- -F -E -R",
		probe: "ssh-keyscan $IP", want: "ssh-ed25519",
	},
	{
		name: "dbus-daemon", packages: "dbus-daemon dbus-session-bus-common",
		pack:  "dbus-daemon -- --session --nofork --address=tcp:host=0.0.0.0,bind=0.0.0.0,port=5555",
		probe: `exec 3<>/dev/tcp/$IP/5555; printf '\0AUTH\r\n' >&3; timeout 2 head -n 1 <&3`, want: "REJECTED",
	},
	{
		name: "rsyslogd", packages: "rsyslog",
		files: map[string]string{"rsyslog.conf": "module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"514\")\naction(type=\"omfile\" file=\"/dev/stdout\")\n"},
		pack:  "rsyslogd --conf rsyslog.conf -- -n",
		run:   "rsyslogd -N1", want: "End of config validation run",
	},
	{
		name: "logrotate", packages: "logrotate gzip",
		files: map[string]string{"logrotate.conf": "/var/log/app.log {\n  rotate 2\n  size 1\n  compress\n}\n", "app.log": page},
		pack:  "logrotate --conf logrotate.conf --copy app.log:/var/log/app.log -- -v",
		why:   "it starts gzip and gunzip",
		add:   "--with helpers",
		run:   "", want: "compressing log with",
	},
	{
		name: "supervisord", packages: "supervisor curl",
		files: map[string]string{"supervisord.conf": "[supervisord]\nlogfile=/dev/stdout\nlogfile_maxbytes=0\n[inet_http_server]\nport=0.0.0.0:9001\n[program:x]\ncommand=sleep 100\n"},
		pack:  "supervisord sleep --conf supervisord.conf -- -n",
		why:   "Python's standard library is larger than 1 MB",
		add:   "--with data --cmd 'supervisord -n -c /etc/supervisord/supervisord.conf'",
		probe: "curl -sS http://$IP:9001/", want: "Supervisor Status",
	},
}

// wsgi is an application for the web servers of Python.
const wsgi = "import json\ndef application(env, start):\n    start('200 OK', [('Content-Type', 'text/plain')])\n    return [json.dumps({'zoo': 42}).encode()]\n"
