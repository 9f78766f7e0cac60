//go:build linux

package zoo

// page is the page of the web servers.
const page = "the zoo says hello\n"

// keys makes a key and a certificate for localhost.
const keys = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>&1"

// servers are programs that clients outside of the image connect to.
var servers = []row{
	{
		name: "redis", packages: "redis-server redis-tools",
		files: map[string]string{"redis.conf": "bind 0.0.0.0\nprotected-mode no\nport 6379\ndir /var/lib/redis\n"},
		pack:  "redis-server --conf redis.conf",
		probe: "redis-cli -h $IP set k v && redis-cli -h $IP save", want: "(?s)OK.*OK",
	},
	{
		name: "memcached", packages: "memcached",
		pack:  "memcached -u nobody",
		probe: `exec 3<>/dev/tcp/$IP/11211; printf 'version\r\nquit\r\n' >&3; cat <&3`, want: "VERSION",
	},
	{
		name: "nginx", packages: "nginx-light curl",
		files: map[string]string{
			"nginx.conf": "user www-data;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n  include /etc/nginx/mime.types;\n  server { listen 8080; root /srv; }\n}\n",
			"index.html": page,
		},
		pack:  "nginx --conf nginx.conf --copy index.html:/srv/index.html",
		probe: "curl -sSi http://$IP:8080/", want: "(?s)text/html.*the zoo",
	},
	{
		name: "haproxy", packages: "haproxy curl",
		files: map[string]string{
			"haproxy.cfg": "global\n  user haproxy\n  group haproxy\n  log stdout format raw local0\ndefaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n" +
				"frontend f\n  bind :8080\n  http-request return status 200 content-type text/plain string \"the zoo\"\n",
		},
		pack:  "haproxy --conf haproxy.cfg",
		probe: "curl -sS http://$IP:8080/", want: "the zoo",
	},
	{
		name: "lighttpd", packages: "lighttpd curl",
		files: map[string]string{
			"lighttpd.conf": "server.modules = ( \"mod_indexfile\", \"mod_expire\" )\nserver.document-root = \"/var/www/html\"\nserver.port = 80\nserver.username = \"www-data\"\nserver.groupname = \"www-data\"\nindex-file.names = ( \"index.html\" )\n",
			"index.html":    page,
		},
		pack:  "lighttpd --conf lighttpd.conf --copy index.html:/var/www/html/index.html",
		probe: "curl -sS http://$IP/", want: "the zoo",
	},
	{
		name: "apache2", packages: "apache2-bin curl",
		files: map[string]string{
			"apache2.conf": "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\nLoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\nLoadModule dir_module /usr/lib/apache2/modules/mod_dir.so\n" +
				"User www-data\nGroup www-data\nPidFile /run/apache2.pid\nErrorLog /dev/stderr\nServerName localhost\nListen 80\nDocumentRoot /srv\n",
			"index.html": page,
		},
		pack:  "apache2 --conf apache2.conf --copy index.html:/srv/index.html",
		probe: "curl -sS http://$IP/", want: "the zoo",
	},
	{
		name: "mosquitto", packages: "mosquitto mosquitto-clients",
		files: map[string]string{"mosquitto.conf": "listener 1883 0.0.0.0\nallow_anonymous true\nuser mosquitto\npersistence true\npersistence_location /var/lib/mosquitto/\n"},
		pack:  "mosquitto --conf mosquitto.conf",
		probe: "mosquitto_pub -h $IP -t a -m hello -r && mosquitto_sub -h $IP -t a -C 1 -W 3", want: "^hello",
	},
	{
		name: "unbound", packages: "unbound bind9-dnsutils",
		files: map[string]string{"unbound.conf": "server:\n  interface: 0.0.0.0\n  access-control: 0.0.0.0/0 allow\n  do-daemonize: no\n  username: \"unbound\"\n  chroot: \"\"\n  logfile: \"\"\n  local-zone: \"zoo.test.\" static\n  local-data: \"a.zoo.test. A 10.9.8.7\"\n"},
		pack:  "unbound --conf unbound.conf",
		probe: "dig +short +time=1 +tries=1 @$IP a.zoo.test", want: "10.9.8.7",
	},
	{
		name: "dnsmasq", packages: "dnsmasq-base bind9-dnsutils",
		files: map[string]string{"dnsmasq.conf": "keep-in-foreground\nlog-facility=-\nno-resolv\naddress=/a.zoo.test/10.9.8.7\n"},
		pack:  "dnsmasq --conf dnsmasq.conf",
		probe: "dig +short +time=1 +tries=1 @$IP a.zoo.test", want: "10.9.8.7",
	},
	{
		name: "named", packages: "bind9 bind9-dnsutils",
		files: map[string]string{
			"named.conf": "options { directory \"/var/cache/bind\"; listen-on { any; }; recursion no; };\nzone \"zoo.test\" { type primary; file \"/etc/bind/db.zoo\"; };\n",
			"db.zoo":     "$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 10.9.8.6\na A 10.9.8.7\n",
		},
		pack:  "named --conf named.conf --copy db.zoo:/etc/bind/db.zoo",
		probe: "dig +short +time=1 +tries=1 @$IP a.zoo.test", want: "10.9.8.7",
	},
	{
		name: "postgres", packages: "postgresql-15 postgresql-client-15",
		files: map[string]string{"start.sh": "#!/bin/bash\nset -e\nbin=/usr/lib/postgresql/15/bin\n$bin/initdb -D $PGDATA >/tmp/initdb.log || { echo failed; while read -r l; do echo \"$l\"; done </tmp/initdb.log; }\necho host all all all trust >>$PGDATA/pg_hba.conf\nexec $bin/postgres -c listen_addresses='*'\n"},
		pack:  "./start.sh /usr/lib/postgresql/15/bin/initdb /usr/lib/postgresql/15/bin/postgres -e PGDATA=/var/lib/postgresql/data --mkdir /var/lib/postgresql/data:0700:postgres -u postgres",
		why:   "its libraries and its templates are larger than 1 MB",
		add:   "--with data,helpers,tzdata",
		probe: `psql -h $IP -U postgres -Atc "select 6*7, now() at time zone 'Asia/Shanghai' > now() at time zone 'UTC'"`, want: `42\|t`,
	},
	{
		name: "mariadb", packages: "mariadb-server-core mariadb-client-core",
		pack:  "mariadbd --mkdir /var/lib/mysql:0755:nobody -- --no-defaults --skip-grant-tables --user=nobody --datadir=/var/lib/mysql",
		why:   "the directory of the socket does not belong to the user",
		add:   "--with data --mkdir /run/mysqld:0755:nobody",
		probe: "mariadb -h $IP -N -e 'select 6*7'", want: "42",
	},
	{
		name: "sshd", packages: "openssh-server openssh-client", before: "ssh-keygen -q -t ed25519 -N '' -f key",
		files: map[string]string{"sshd_config": "Port 2222\nHostKey /etc/ssh/key\nUsePAM no\nPermitRootLogin yes\n"},
		pack:  "/usr/sbin/sshd --conf sshd_config --copy src=key,dst=/etc/ssh/key,chmod=0600",
		probe: "ssh-keyscan -p 2222 $IP", want: "ssh-ed25519",
	},
	{
		name: "rsyncd", packages: "rsync",
		files: map[string]string{"rsyncd.conf": "[data]\n  path = /data\n", "data/a.txt": page},
		pack:  "rsync --conf rsyncd.conf --copy data:/data -- --daemon --no-detach",
		probe: "d=$(mktemp -d); rsync rsync://$IP/data/a.txt $d/ && cat $d/a.txt; rm -r $d", want: "the zoo",
	},
	{
		name: "tinyproxy", packages: "tinyproxy-bin curl",
		files: map[string]string{"tinyproxy.conf": "User nobody\nGroup nogroup\nPort 8888\nTimeout 10\nStatHost \"stats.test\"\nMaxClients 10\n"},
		pack:  "tinyproxy --conf tinyproxy.conf",
		probe: "curl -sS -x http://$IP:8888 http://stats.test/", want: "(?i)tinyproxy",
	},
	{
		name: "stunnel", packages: "stunnel4 openssl", before: keys + " && cat key.pem cert.pem >both.pem",
		files: map[string]string{"stunnel.conf": "foreground = yes\npid =\nsetuid = nobody\n[x]\naccept = 4433\ncert = /etc/stunnel/both.pem\nexec = /bin/echo\nexecArgs = echo the zoo\n"},
		pack:  "stunnel4 echo --conf stunnel.conf --copy both.pem:/etc/stunnel/both.pem",
		probe: "openssl s_client -connect $IP:4433 -quiet </dev/null 2>/dev/null", want: "the zoo",
	},
	{
		name: "slapd", packages: "slapd ldap-utils",
		files: map[string]string{"slapd.conf": "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb.so\ndatabase mdb\nsuffix dc=zoo\ndirectory /var/lib/ldap\n"},
		pack:  "slapd --conf slapd.conf --mkdir /var/lib/ldap",
		why:   "the schema that the configuration includes, and its modules",
		add:   "--copy /etc/ldap/schema/core.schema --with data",
		probe: "ldapsearch -x -H ldap://$IP -b '' -s base namingContexts", want: "dc=zoo",
	},
	{
		name: "vsftpd", packages: "vsftpd curl",
		files: map[string]string{"vsftpd.conf": "listen=YES\nbackground=NO\nanonymous_enable=YES\nlocal_enable=NO\nanon_root=/srv\nsecure_chroot_dir=/var/run/vsftpd/empty\nseccomp_sandbox=NO\n", "a.txt": page},
		pack:  "vsftpd --conf vsftpd.conf --copy a.txt:/srv/a.txt",
		why:   "the empty directory of secure_chroot_dir is not made",
		add:   "--mkdir /var/run/vsftpd/empty",
		probe: "curl -sS ftp://$IP/a.txt", want: "the zoo",
	},
	{
		name: "ngircd", packages: "ngircd",
		files: map[string]string{"ngircd.conf": "[Global]\nName = irc.zoo.test\nInfo = zoo\nServerUID = irc\nServerGID = irc\n[Options]\nPAM = no\nIdent = no\nDNS = no\n"},
		pack:  "ngircd --conf ngircd.conf",
		probe: `exec 3<>/dev/tcp/$IP/6667; printf 'NICK a\r\nUSER a 0 * :a\r\nQUIT\r\n' >&3; timeout 5 cat <&3`, want: "irc.zoo.test",
	},
	{
		name: "beanstalkd", packages: "beanstalkd",
		pack:  "beanstalkd",
		probe: `exec 3<>/dev/tcp/$IP/11300; printf 'stats\r\nquit\r\n' >&3; cat <&3`, want: "current-jobs",
	},
	{
		name: "iperf3", packages: "iperf3",
		pack:  "iperf3 -- -s",
		probe: "iperf3 -c $IP -n 1K", want: "iperf Done",
	},
	{
		name: "docker-registry", packages: "docker-registry curl",
		files: map[string]string{"config.yml": "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: /var/lib/registry\nhttp:\n  addr: :5000\n"},
		pack:  "docker-registry --conf config.yml --cmd 'docker-registry serve /etc/config/config.yml'",
		probe: "curl -sSi http://$IP:5000/v2/", want: "registry/2.0",
	},
	{
		name: "pgbouncer", packages: "pgbouncer postgresql-client-15",
		files: map[string]string{"pgbouncer.ini": "[databases]\n[pgbouncer]\nlisten_addr = *\nlisten_port = 6432\nauth_type = any\nadmin_users = zoo\nunix_socket_dir = /tmp\n"},
		pack:  "pgbouncer --conf pgbouncer.ini -u nobody",
		probe: "psql -h $IP -p 6432 -U zoo pgbouncer -c 'show version'", want: "PgBouncer",
	},
	{
		name: "socat", packages: "socat",
		pack:  "socat cat -- TCP-LISTEN:7777,fork EXEC:cat",
		probe: `exec 3<>/dev/tcp/$IP/7777; echo hello >&3; read -r l <&3; echo $l`, want: "hello",
	},
	{
		name: "ncat", packages: "ncat",
		pack:  "ncat -- -l -k 7777 --sh-exec 'echo hello'",
		probe: `exec 3<>/dev/tcp/$IP/7777; cat <&3`, want: "hello",
	},
	{
		name: "squid", packages: "squid squid-common curl",
		files: map[string]string{"squid.conf": "http_port 3128\nhttp_access allow all\ncache_log stdio:/dev/stderr\naccess_log none\npid_filename none\npinger_enable off\ncache_effective_user proxy\n"},
		pack:  "squid --conf squid.conf",
		why:   "its data (/usr/lib/squid /usr/share/squid/errors) is larger than 1 MB",
		add:   "--with data",
		probe: "curl -sS http://$IP:3128/squid-internal-mgr/info", want: "(?i)squid",
	},
	{
		name: "php-server", packages: "php-cli curl",
		files: map[string]string{"index.php": "<?php echo json_encode(['zoo' => 6*7]);\n"},
		pack:  "php --copy index.php:/srv/index.php -- -S 0.0.0.0:8080 -t /srv",
		probe: "curl -sS http://$IP:8080/", want: `"zoo":42`,
	},
	{
		name: "node-server", packages: "nodejs curl",
		files: map[string]string{"s.js": "require('http').createServer((q, r) => r.end('the zoo')).listen(8080)\n"},
		pack:  "node --copy s.js:/srv/s.js -- /srv/s.js",
		probe: "curl -sS http://$IP:8080/", want: "the zoo",
	},
	{
		name: "python-server", packages: "python3 curl",
		files: map[string]string{"index.html": page},
		pack:  "python3 --copy index.html:/srv/index.html -w /srv -- -m http.server 8080",
		why:   "Python's standard library is larger than 1 MB",
		add:   "--with data",
		probe: "curl -sS http://$IP:8080/", want: "the zoo",
	},
	{
		name: "busybox-httpd", packages: "busybox-static curl",
		files: map[string]string{"index.html": page},
		pack:  "busybox --copy index.html:/srv/index.html -- httpd -f -h /srv",
		probe: "curl -sS http://$IP/", want: "the zoo",
	},
	{
		name: "gnutls-serv", packages: "gnutls-bin openssl", before: keys,
		pack:  "gnutls-serv --copy key.pem:/k --copy cert.pem:/c -- --http --x509keyfile /k --x509certfile /c -p 4433",
		probe: "printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -connect $IP:4433 -quiet 2>/dev/null", want: "(?i)gnutls",
	},
}
