//go:build linux

package zoo

// tls is a web server with a self-signed certificate. The message of a client shows
// whether it has verified the certificate or has no certificates to verify it with.
func tls(port string) string {
	return "exec openssl s_server -accept 127.0.0.1:" + port + " -key key.pem -cert cert.pem -www -quiet"
}

// clients ask a server beside the container, or files of their own.
var clients = []row{
	{name: "curl-tls", packages: "curl openssl ca-certificates", before: keys, beside: tls("18471"), pack: "curl", run: "curl -sS --max-time 5 https://localhost:18471/", want: "self.signed", fails: true},
	{name: "curl-own-ca", packages: "curl openssl", before: keys, beside: tls("18472"), pack: "curl --copy cert.pem:/etc/ca.pem", run: "curl -sS --max-time 5 --cacert /etc/ca.pem https://localhost:18472/", want: "(?i)s_server|cipher"},
	{name: "wget-tls", packages: "wget openssl ca-certificates", before: keys, beside: tls("18473"), pack: "wget", run: "wget -T 5 -t 1 -O - https://localhost:18473/", want: "not trusted|self-signed", fails: true},
	{name: "wget-file", packages: "wget python3", beside: "exec python3 -m http.server -b 127.0.0.1 18474", pack: "wget", run: "wget -q -O - http://localhost:18474/", want: "Directory listing"},
	{name: "gnutls-cli", packages: "gnutls-bin openssl ca-certificates", before: keys, beside: tls("18475"), pack: "gnutls-cli", run: "gnutls-cli -p 18475 localhost", want: `(?s)Processed [1-9]\d+ CA.*issuer is unknown`, fails: true},
	{name: "git-https", packages: "git openssl ca-certificates", before: keys, beside: tls("18476"), pack: "git", why: "its data (/usr/lib/git-core) is larger than 1 MB", add: "--with data", run: "git clone https://localhost:18476/x /tmp/x", want: "(?i)self-signed|signer|verification failed", fails: true},
	{name: "git-commit", packages: "git", pack: "git bash -e HOME=/tmp -e GIT_AUTHOR_NAME=z -e GIT_AUTHOR_EMAIL=z@z -e GIT_COMMITTER_NAME=z -e GIT_COMMITTER_EMAIL=z@z -e TZ=Asia/Shanghai", run: `bash -c 'cd /tmp && git init -q r && cd r && echo a >a && git add a && git commit -qm zoo && git --no-pager log'`, want: `(?s)\+0800.*zoo`},
	{name: "git-clone", packages: "git", pack: "git bash -e HOME=/tmp", run: `bash -c 'git init -q --bare /tmp/r && git clone /tmp/r /tmp/s && git -C /tmp/s gc && git -C /tmp/s submodule status; git hash-object --stdin </dev/null'`, want: "e69de29bb"},
	{name: "ssh", packages: "openssh-client", pack: "ssh", run: "ssh -o ConnectTimeout=2 -o BatchMode=yes -p 1 localhost", want: "Connection refused", fails: true},
	{name: "ssh-keygen", packages: "openssh-client", pack: "ssh-keygen", run: "ssh-keygen -t ed25519 -N '' -f /tmp/k", want: "root@"},
	{name: "scp", packages: "openssh-client", pack: "scp", why: "it starts ssh", add: "--with helpers", run: "scp -P 1 -o BatchMode=yes localhost:/x /tmp/", want: "Connection refused", fails: true},
	{name: "rsync", packages: "rsync", pack: "rsync", run: "rsync -av /etc/passwd /tmp/copy/", want: "total size"},
	{name: "dig", packages: "bind9-dnsutils dnsmasq-base", beside: "exec dnsmasq -k -p 18478 -a 127.0.0.1 -z -R --pid-file= -u root -A /a.zoo.test/10.9.8.7", pack: "dig", run: "dig -p 18478 @127.0.0.1 +short a.zoo.test", want: "10.9.8.7"},
	{name: "redis-cli", packages: "redis-tools redis-server", beside: "exec redis-server --port 18479 --save ''", pack: "redis-cli", run: "redis-cli -p 18479 ping", want: "PONG"},
	{name: "psql", packages: "postgresql-client-15", pack: "psql", why: "psql is a Perl script that starts the program of one version", add: "--with data --package postgresql-client-15 --package postgresql-client-common", run: "psql -h localhost -p 1 -c 'select 1'", want: `"localhost" .*port 1 failed: Connection refused`, fails: true},
	{name: "mariadb-client", packages: "mariadb-client-core", pack: "mariadb", run: "mariadb -h 127.0.0.1 -P 1 -u root", want: "Can't connect to server on '127.0.0.1'", fails: true},
	{name: "mosquitto_pub", packages: "mosquitto-clients mosquitto", beside: "exec mosquitto -p 18480", pack: "mosquitto_pub", run: "mosquitto_pub -d -p 18480 -t a -m b", want: "PUBLISH"},
	{name: "ldapsearch", packages: "ldap-utils", pack: "ldapsearch", run: "ldapsearch -x -H ldap://localhost:1", want: "Can't contact LDAP server", fails: true},
	{name: "ldapsearch-sasl", packages: "ldap-utils slapd libsasl2-modules", files: map[string]string{"slapd.conf": "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb.so\ndatabase mdb\nsuffix dc=zoo\ndirectory .\n"}, beside: "exec slapd -f slapd.conf -h ldap://127.0.0.1:18481 -d 0", pack: "ldapsearch", run: "ldapsearch -Y DIGEST-MD5 -U nobody -w x -H ldap://127.0.0.1:18481", want: "SASL/DIGEST-MD5 authentication started", fails: true},
	{name: "nmap", packages: "nmap nmap-common python3", beside: "exec python3 -m http.server -b 127.0.0.1 18482", pack: "nmap", run: "nmap -sT -Pn -p 18482 localhost", want: "18482/tcp open"},
	{name: "openssl-client", packages: "openssl", before: keys, beside: tls("18483"), pack: "openssl", run: "openssl s_client -connect localhost:18483", want: "self-signed", fails: true},
	{name: "openssl-legacy", packages: "openssl", pack: "openssl", run: "openssl dgst -md4 -provider legacy -provider default", stdin: "", want: "31d6cfe0d16ae931"},
	{name: "gpg", packages: "gpg gpg-agent", pack: "gpg -e HOME=/root", why: "gpg starts gpg-agent", add: "gpg-agent", run: "gpg --batch --passphrase '' --quick-gen-key zoo@zoo.test", want: "(?i)revocation certificate stored"},
	{name: "gpg-symmetric", packages: "gpg gpg-agent", pack: "gpg", why: "gpg starts gpg-agent", add: "gpg-agent", run: "gpg --batch --pinentry-mode loopback --passphrase x -a -c", stdin: "hello", want: "BEGIN PGP MESSAGE"},
	{name: "ip", packages: "iproute2", pack: "ip ss", run: "ip -o address show lo", want: "127.0.0.1/8"},
	{name: "getent", packages: "netbase", pack: "getent", run: "getent services https", want: "443/tcp"},
	{name: "python-https", packages: "python3 openssl ca-certificates", before: keys, beside: tls("18484"), pack: "python3", why: "Python's standard library is larger than 1 MB", add: "--with data", run: `python3 -c 'import urllib.request; urllib.request.urlopen("https://localhost:18484/")'`, want: "self-signed certificate", fails: true},
}
