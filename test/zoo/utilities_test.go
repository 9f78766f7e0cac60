//go:build linux

package zoo

// utilities are tools of the system and the network that only "make zoo" runs.
var utilities = []row{
	{name: "screen", packages: "screen", pack: "screen bash sleep -e SHELL=/bin/bash -e TERM=xterm", run: `bash -c 'screen -dmS zoo sleep 9; screen -ls'`, want: `\.zoo`, fails: true},
	{name: "svn", packages: "subversion", pack: "svn svnadmin bash", run: `bash -c 'svnadmin create /tmp/r && svn mkdir -qm zoo file:///tmp/r/a && svn log file:///tmp/r'`, want: `(?s)r1.*zoo`},
	{name: "tcpdump", packages: "tcpdump", pack: "tcpdump", run: "tcpdump -d -y EN10MB tcp port https", want: "#0x1bb"},
	{name: "whois", packages: "whois socat", beside: `exec socat TCP-LISTEN:18491,fork,reuseaddr,bind=127.0.0.1 SYSTEM:'echo the zoo'`, pack: "whois", run: "whois -h localhost -p 18491 zoo.test", want: "the zoo"},
	{name: "unzip", packages: "unzip zip", files: map[string]string{"a.txt": page}, before: "zip -q a.zip a.txt", pack: "unzip --copy a.zip:/a.zip", run: "unzip -p /a.zip", want: "the zoo"},
	{name: "bsdtar", packages: "libarchive-tools", pack: "bsdtar", run: "bsdtar -czvf /tmp/a.tgz /etc/passwd", want: "a etc/passwd"},
	{name: "cpio", packages: "cpio", pack: "cpio", run: "cpio -o -H newc", stdin: "/etc/passwd\n", want: "(?s)070701.*root:x:0:0"},
	{name: "smartctl", packages: "smartmontools", pack: "smartctl", run: "smartctl -P showall", want: `MODEL REGEXP`},
	{name: "localedef", packages: "locales", pack: "localedef", why: "its data is in the package locales, on which no package of the program depends", add: "gzip --package locales --with shell", run: "localedef -i de_DE -f UTF-8 --no-archive /tmp/de", want: "^$"},
	{name: "mkfs.ext4", packages: "e2fsprogs", pack: "mkfs.ext4", run: "mkfs.ext4 /tmp/img 8M", want: "Writing superblocks"},
	{name: "mksquashfs", packages: "squashfs-tools", pack: "mksquashfs", run: "mksquashfs /etc /tmp/s", want: "Exportable Squashfs"},
	{name: "rpm", packages: "rpm", pack: "rpm", run: "rpm --eval %{_bindir}", want: "^/usr/bin"},
	{name: "apt-config", packages: "apt", pack: "apt-config", why: "it asks dpkg for the architecture", add: "dpkg --with data", run: "apt-config dump", want: `APT::Architecture "amd64"`},
	{name: "lftp", packages: "lftp python3", files: map[string]string{"a.txt": page}, beside: "exec python3 -m http.server -b 127.0.0.1 18492", pack: "lftp", run: "lftp -c 'cat http://localhost:18492/a.txt'", want: "the zoo"},
	{name: "task", packages: "taskwarrior", pack: "task", run: "task rc:/dev/null rc.data.location=/tmp rc.confirmation=off add zoo", want: "Created task 1"},
	{name: "ledger", packages: "ledger", pack: "ledger", run: "ledger -f - bal", stdin: "2024/01/01 zoo\n  a  42 EUR\n  b\n", want: "42 EUR +a"},
	{name: "fzf", packages: "fzf", pack: "fzf", run: "fzf -f zoo", stdin: "a zoo\nb\n", want: "^a zoo\n$"},
	{name: "age-keygen", packages: "age", pack: "age-keygen", run: "age-keygen", want: "AGE-SECRET-KEY"},
	{name: "batcat", packages: "bat", pack: "batcat", run: "batcat -f -l yaml", stdin: "a: 42\n", want: "\x1b\\[.*42"},
	{name: "qrencode", packages: "qrencode", pack: "qrencode", run: "qrencode -t UTF8 zoo", want: "█"},
	{name: "ping", packages: "iputils-ping", pack: "ping", run: "ping -c 1 localhost", want: "1 received"},
	{name: "traceroute", packages: "traceroute", pack: "traceroute", run: "traceroute -m 1 localhost", want: "localhost"},
	{name: "kinit", packages: "krb5-user", pack: "kinit", run: "kinit a@ZOO.TEST", want: "(?i)cannot find KDC", fails: true},
	{name: "smbclient", packages: "smbclient", pack: "smbclient", run: "smbclient -N -p 1 -L localhost", want: "NT_STATUS_CONNECTION_REFUSED", fails: true},
	{name: "cal", packages: "ncal", pack: "cal", run: "cal 2 2024", want: "29"},
	{name: "tsql", packages: "freetds-bin", pack: "tsql", run: "tsql -C", want: "freetds.conf directory"},
	{name: "exiv2", packages: "exiv2 imagemagick-6.q16", before: "convert-im6.q16 -size 8x8 xc:red a.png", pack: "exiv2 --copy a.png:/a.png", run: "exiv2 pr /a.png", want: `Image size +: 8 x 8`, fails: true},
}
