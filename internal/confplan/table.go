package confplan

import (
	"path"
	"slices"
	"strings"
)

// row is what is known of a program: how it is told the path of its configuration file,
// and which options keep it in the foreground.
type row struct {
	names string // its names, separated by blanks

	// conf are the words that tell the program its configuration file, separated by
	// blanks. FILE stands for the path and DIR for its directory. "" is not known.
	conf string

	// noDefault is set if the program reads no file that no argument names.
	noDefault bool

	stay      []string // the words that keep the program in the foreground, none if it stays there anyway
	when      occasion // when stay is added
	stayFirst bool     // stay has to come before conf

	// instead are words of the user's arguments that make stay superfluous or wrong:
	// options with the same effect, and those that are allowed only once. "*" stands for
	// an attached value.
	instead []string

	// listen is a setting with which the program listens on all addresses, if it listens
	// only on the loopback address without any of the directives in listenBy.
	listen, listenBy string

	// needs is what the program needs and no rule finds, and fix an imperative. They do not
	// matter if the image has a file that one of the patterns of unless matches.
	needs, fix, unless string

	// without are the options that optionLines leaves out.
	without []string

	// setting is the setting of the configuration file with the effect of stay. Its
	// first word is the directive. If stay has words, the program refuses both together;
	// if not, only the file can say it.
	setting string
}

// occasion is when the words of a row that keep a program in the foreground are added.
type occasion int

const (
	always     occasion = iota
	background          // only if the configuration file says that the program runs in the background
	withFile            // only with --conf, since the program is a server only then
	alone               // only without arguments, since these select another task
)

// Values of row.conf for programs that read no configuration file.
const (
	noFile      = "-"
	optionLines = "LINES" // each line of the file has options, which a script makes arguments
)

// rows has a row for each program, in the order of the alphabet, with its source. The
// options of programs whose source is a manual page of section 1 or 8 are those of
// Debian 12, where it has the program.
//
// An option that means the same as another one is chosen for its messages: those of a
// container go to stderr.
var rows = []row{
	// --help.
	{names: "alertmanager blackbox_exporter", conf: "--config.file=FILE"},
	// apache2(8), httpd(8).
	{
		names: "apache2 httpd", conf: "-f FILE", stay: words("-DFOREGROUND"),
		instead: words("FOREGROUND NO_DETACH -DNO_DETACH -X"),
	},
	// avahi-daemon(8): -D daemonizes.
	{names: "avahi-daemon", conf: "-f FILE"},
	// bird(8).
	{names: "bird", conf: "-c FILE", stay: words("-f"), instead: words("-d")},
	// caddy-run(8).
	{names: "caddy", conf: "run --config FILE"},
	// chronyd(8).
	{names: "chronyd", conf: "-f FILE", stay: words("-d"), instead: words("-n -q -Q")},
	// --help.
	{names: "clickhouse-server", conf: "--config-file=FILE"},
	// consul agent -help, nomad agent -help.
	{names: "consul nomad", conf: "agent -config=FILE"},
	// containerd(8).
	{names: "containerd", conf: "--config FILE"},
	// coredns(1).
	{names: "coredns", conf: "-conf FILE"},
	// cron(8).
	{names: "cron", conf: noFile, stay: words("-f")},
	// dbus-daemon(1).
	{names: "dbus-daemon", conf: "--config-file=FILE", stay: words("--nofork")},
	// dhcpd(8).
	{names: "dhcpd", conf: "-cf FILE", stay: words("-f"), instead: words("-d")},
	// dnsdist(1): else it reads commands from stdin.
	{names: "dnsdist", conf: "-C FILE", stay: words("--supervised")},
	// dnsmasq(8).
	{names: "dnsmasq", conf: "-C FILE", stay: words("-k"), instead: words("--keep-in-foreground -d --no-daemon")},
	// registry serve --help.
	{names: "docker-registry registry", conf: "serve FILE"},
	// dockerd(8).
	{names: "dockerd", conf: "--config-file=FILE"},
	// dovecot(1). The names of the programs are settings (service NAME { executable }).
	{
		names: "dovecot", conf: "-c FILE", stay: words("-F"),
		needs:  "the programs of its services",
		fix:    "add the packages that have them, such as --package dovecot-core --package dovecot-imapd",
		unless: "/usr/lib*/dovecot/imap /usr/lib*/dovecot/pop3 /usr/lib*/dovecot/lmtp",
	},
	// dropbear(8).
	{
		names: "dropbear", conf: noFile, stay: words("-F -E"),
		needs: "a host key", unless: "/etc/dropbear/*host_key",
		fix: "mount one in the container, or make one with -- -R",
	},
	// envoy --help.
	{names: "envoy", conf: "-c FILE"},
	// etcd --help.
	{names: "etcd", conf: "--config-file=FILE"},
	// exim(8).
	{names: "exim exim4", conf: "-C FILE", stay: words("-bdf"), when: alone},
	// fluent-bit --help, fluentd --help.
	{names: "fluent-bit fluentd", conf: "-c FILE"},
	// freeradius(8): the directory of radiusd.conf.
	{names: "freeradius radiusd", conf: "-d DIR", stay: words("-f"), instead: words("-X")},
	// gitea web --help.
	{names: "gitea forgejo", conf: "web --config FILE"},
	// grafana-server --help.
	{names: "grafana-server", conf: "--config=FILE"},
	// gunicorn --help.
	{names: "gunicorn gunicorn3", conf: "-c FILE"},
	// haproxy(1).
	{names: "haproxy", conf: "-f FILE", stay: words("-db"), when: background},
	// hitch(8).
	{names: "hitch", conf: "--config=FILE"},
	// icecast2(1).
	{names: "icecast icecast2", conf: "-c FILE"},
	// tftpd(8).
	{names: "in.tftpd", conf: noFile, stay: words("-L"), instead: words("--foreground")},
	// inetd(8) of openbsd-inetd.
	{names: "inetd", conf: "FILE", stay: words("-i"), instead: words("-d")},
	// inetutils-inetd(8): only -d keeps it in the foreground.
	{names: "inetutils-inetd", conf: "FILE", stay: words("-d"), instead: words("--debug")},
	// influxd(1).
	{names: "influxd", conf: "-config FILE"},
	// keepalived(8).
	{names: "keepalived", conf: "-f FILE", stay: words("-n -l"), instead: words("--dont-fork")},
	// kea-dhcp4(8).
	{names: "kea-dhcp4 kea-dhcp6 kea-dhcp-ddns kea-ctrl-agent", conf: "-c FILE"},
	// knotd(8), kresd(8).
	{names: "knotd kresd", conf: "-c FILE"},
	// lighttpd(8).
	{names: "lighttpd", conf: "-f FILE", stay: words("-D")},
	// lldpd(8).
	{names: "lldpd", conf: noFile, stay: words("-d")},
	// -help.
	{names: "loki promtail tempo mimir", conf: "-config.file=FILE"},
	// mysqld(8): has to be the first option.
	{
		names: "mariadbd mysqld", conf: "--defaults-file=FILE",
		needs: "a data directory that mariadb-install-db has made", fix: "mount it in the container at the datadir",
		unless: "/var/lib/mysql/ibdata1",
	},
	// memcached(1) knows no file; systemd-memcached-wrapper of Debian reads memcached.conf.
	{names: "memcached", conf: optionLines, without: words("-d -h")},
	// mongod(1).
	{names: "mongod mongos", conf: "--config FILE"},
	// monit(1).
	{names: "monit", conf: "-c FILE", stay: words("-I")},
	// mosquitto(8): -d daemonizes.
	{names: "mosquitto", conf: "-c FILE", listen: "listener 1883", listenBy: "listener port bind_address"},
	// murmurd(1).
	{names: "murmurd mumble-server", conf: "-ini FILE", stay: words("-fg")},
	// named(8).
	{names: "named", conf: "-c FILE", stay: words("-f"), instead: words("-g")},
	// nats-server --help.
	{names: "nats-server", conf: "-c FILE"},
	// nginx(8): "-g" counts once.
	{
		names: "nginx", conf: "-c FILE", stay: []string{"-g", "daemon off;"}, instead: words("-g*"),
		setting: "daemon off",
	},
	// ngircd(8).
	{names: "ngircd", conf: "-f FILE", stay: words("-n"), instead: words("--nodaemon")},
	// smbd(8).
	{
		names: "nmbd smbd winbindd", conf: "-s FILE", stay: words("-F --no-process-group"),
		instead: words("-i --foreground --interactive"),
	},
	// nsd(8).
	{names: "nsd", conf: "-c FILE", stay: words("-d")},
	// ntpd(8).
	{names: "ntpd", conf: "-c FILE", stay: words("-n"), instead: words("--nofork -d -q")},
	// opendkim(8).
	{names: "opendkim", conf: "-x FILE", stay: words("-f")},
	// --help.
	{names: "otelcol otelcol-contrib vector", conf: "--config=FILE"},
	// pdns_server(1): the file is pdns.conf or recursor.conf.
	{names: "pdns_recursor pdns_server", conf: "--config-dir=DIR"},
	// pgbouncer(1): -d daemonizes.
	{names: "pgbouncer", conf: "FILE", noDefault: true},
	// pgpool(8).
	{names: "pgpool", conf: "-f FILE", stay: words("-n"), instead: words("--dont-detach")},
	// php-fpm8.2(8).
	{names: "php-fpm", conf: "-y FILE", stay: words("-F"), instead: words("--nodaemonize")},
	// postgres(1).
	{
		names: "postgres", conf: "-c config_file=FILE",
		listen: "listen_addresses = '*'", listenBy: "listen_addresses",
		needs: "a data directory that initdb has made", unless: "/var/lib/postgresql/*/*/PG_VERSION",
		fix: "mount it in the container, and name it with data_directory or -- -D DIR",
	},
	// privoxy(8).
	{names: "privoxy", conf: "FILE", stay: words("--no-daemon"), stayFirst: true},
	// proftpd(8).
	{names: "proftpd", conf: "-c FILE", stay: words("-n"), instead: words("--nodaemon")},
	// prometheus(1).
	{names: "prometheus", conf: "--config.file=FILE"},
	// prosody --help.
	{names: "prosody", conf: "--config FILE", stay: words("-F")},
	// pure-ftpd(8): -B daemonizes.
	{names: "pure-ftpd", conf: "FILE"},
	// radvd(8).
	{names: "radvd", conf: "-C FILE", stay: words("-n"), instead: words("--nodaemon")},
	// redis-server(1).
	{names: "redis-server valkey-server keydb-server", conf: "FILE", noDefault: true},
	// redis-sentinel(1).
	{names: "redis-sentinel valkey-sentinel", conf: "FILE", noDefault: true},
	// rsync(1).
	{names: "rsync", conf: "--config=FILE", stay: words("--daemon --no-detach"), when: withFile},
	// rsyslogd(8).
	{names: "rsyslogd", conf: "-f FILE", stay: words("-n")},
	// slapd(8): -d 0 does not fork and is silent.
	{names: "slapd", conf: "-f FILE", stay: words("-d 0"), instead: words("-d*")},
	// snmpd(8).
	{names: "snmpd snmptrapd", conf: "-c FILE", stay: words("-f")},
	// squid(8).
	{names: "squid", conf: "-f FILE", stay: words("-N"), instead: words("--foreground")},
	// sshd(8).
	{
		names: "sshd", conf: "-f FILE", stay: words("-D -e"), instead: words("-d -dd -ddd -i"),
		needs: "a host key", unless: "/etc/ssh/*key /etc/ssh/*/*key",
		fix: "mount one in the container at the path of HostKey",
	},
	// stunnel4(8).
	{names: "stunnel stunnel4 stunnel5", conf: "FILE", setting: "foreground = yes"},
	// supervisord(1).
	{names: "supervisord", conf: "-c FILE", stay: words("-n"), instead: words("--nodaemon")},
	// syslog-ng(8).
	{names: "syslog-ng", conf: "-f FILE", stay: words("-F"), instead: words("--foreground")},
	// telegraf --help.
	{names: "telegraf", conf: "--config FILE"},
	// tinyproxy(8).
	{names: "tinyproxy", conf: "-c FILE", stay: words("-d")},
	// tor(1).
	{names: "tor", conf: "-f FILE"},
	// traefik --help.
	{names: "traefik", conf: "--configFile=FILE"},
	// turnserver(1): -o daemonizes.
	{names: "turnserver", conf: "-c FILE"},
	// unbound(8).
	{
		names: "unbound", conf: "-c FILE", stay: words("-d"), instead: words("-dd -ddd"),
		listen: "interface: 0.0.0.0", listenBy: "interface ip-address",
	},
	// uwsgi(1).
	{names: "uwsgi uwsgi-core", conf: "--ini FILE"},
	// varnishd(1).
	{names: "varnishd", conf: "-f FILE", stay: words("-F"), instead: words("-d -C")},
	// vault server -help.
	{names: "vault", conf: "server -config=FILE"},
	// vsftpd(8), vsftpd.conf(5).
	{names: "vsftpd", conf: "FILE", stay: words("-obackground=NO")},
	// xinetd(8).
	{names: "xinetd", conf: "-f FILE", stay: words("-dontfork"), instead: words("-d")},
	// zabbix_agentd(8).
	{
		names: "zabbix_agentd zabbix_server zabbix_proxy", conf: "-c FILE", stay: words("-f"),
		instead: words("--foreground"),
	},
}

func words(text string) []string { return strings.Fields(text) }

// lookUp returns the row of the first of several names of a program that has one, nil
// if none has. A name may end in a version: php-fpm8.2.
func lookUp(names []string) *row {
	for _, name := range names {
		base := path.Base(name)
		for _, try := range []string{base, strings.TrimRight(base, "0123456789.-")} {
			i := slices.IndexFunc(rows, func(r row) bool { return slices.Contains(words(r.names), try) })
			if i >= 0 {
				return &rows[i]
			}
		}
	}
	return nil
}
