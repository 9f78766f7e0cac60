package doctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mkrootfs/mkrootfs/internal/owner"
	"github.com/mkrootfs/mkrootfs/internal/sysroot"
)

// passwdLines are what every image has on the system of the tests.
const (
	rootLine   = `root:x:0:0:root:/root:/bin/sh\n`
	nobodyLine = `nonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\n` +
		`nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`
	rootGroup   = `root:x:0:\n`
	nobodyGroup = `nonroot:x:65532:\nnogroup:x:65534:\n`
)

func TestUsers(t *testing.T) {
	const homes = "/home/nonroot/ -rwx------ 65532:65532\n/root/ -rwx------ 0:0\n"
	const redisUser = `redis:x:103:110::/var/lib/redis:/usr/sbin/nologin\n`
	const redisGroups = `ssl-cert:x:105:redis\nredis:x:110:\n`
	for _, tc := range []struct {
		name   string
		change func(*groupFacts)
		passwd string
		group  string
		homes  string
	}{
		{"nobody asked for", nil, "", "", homes},
		{
			"by name", func(f *groupFacts) { f.user = "redis" }, redisUser, redisGroups,
			homes + "/var/lib/redis/ -r-xr-xr-x 103:110\n",
		},
		{
			"by number, with a group", func(f *groupFacts) { f.user = "103:www-data" }, redisUser,
			`www-data:x:33:\n` + redisGroups, homes + "/var/lib/redis/ -r-xr-xr-x 103:110\n",
		},
		{"without an entry", func(f *groupFacts) { f.user = "4711:4711" }, "", "", homes},
		{"one that is there anyway", func(f *groupFacts) { f.user = "nobody" }, "", "", homes},
		{
			"by a configuration file", withConfigs(debian(), "/etc/nginx/nginx.conf", "/etc/gone.conf"),
			`www-data:x:33:33::/var/www:/usr/sbin/nologin\n`, `www-data:x:33:\n`,
			homes + "/var/www/ -rwxr-xr-x 33:33\n",
		},
		{
			"further ones", func(f *groupFacts) { f.configs.Users = []string{"redis", "redis", "nonesuch"} },
			redisUser, redisGroups, homes + "/var/lib/redis/ -r-xr-xr-x 103:110\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check(t, debian(), factsWith(tc.change), "passwd",
				`/etc/group 0644 "`+rootGroup+tc.group+nobodyGroup+"\"\n"+
					`/etc/passwd 0644 "`+rootLine+tc.passwd+nobodyLine+"\"\n"+tc.homes)
		})
	}
}

func TestUsersOfAnEmptySystem(t *testing.T) {
	check(t, system(nil), groupFacts{user: "redis"}, "passwd", `
/etc/group 0644 "root:x:0:\nnonroot:x:65532:\nnobody:x:65534:\n"
/etc/passwd 0644 "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:\nnobody:x:65534:65534:nobody:/nonexistent:\n"
/home/nonroot/ -rwx------ 65532:65532
/root/ -rwx------ 0:0
`)
}

// TestCompiledUsers checks which strings of a program name an account or a group.
func TestCompiledUsers(t *testing.T) {
	const passwd = "daemon:x:1:1::/:\nlist:x:38:38::/:\nwww-data:x:33:33::/:\nmail:x:8:8::/:\nnamed:x:25:25::/:\n" +
		"Debian-exim:x:101:101::/:\n_chrony:x:102:102::/:\nopendkim:x:103:103::/:\nbind:x:104:104::/:\n" +
		"ftp:x:105:105::/:\nstunnel4:x:995:995::/:\nann:x:1000:1000::/:\nred-ann:x:1001:1001::/:\nroot:x:0:0::/:\n"
	const group = "daemon:x:1:\nssl-cert:x:106:\npostdrop:x:107:\nopendkim:x:103:\ntty:x:5:\nann:x:1000:\n"
	for _, tc := range []struct {
		program, constants string
		want               accountNames
	}{
		{"exim4", "Debian-exim mail list", accountNames{named: []string{"Debian-exim"}}},
		{"chronyd", "_chrony", accountNames{named: []string{"_chrony"}}},
		{"postgrey", "opendkim /run/opendkim", accountNames{named: []string{"opendkim"}}},
		{"opendkim", "/run/opendkim", accountNames{own: []string{"opendkim"}}},
		{"apache2", "www-data daemon bind ftp", accountNames{named: []string{"www-data"}}},
		{"nginx", "/var/www-data x_chrony Debian-exim4", accountNames{}},
		{"vsftpd", "ftp bind", accountNames{own: []string{"ftp"}}},
		{"named", "named bind", accountNames{own: []string{"named"}}},
		{"list", "list", accountNames{}},
		{"ann", "ann red-ann root /etc/ann", accountNames{}},
		{"served", "postdrop ssl-cert tty ann", accountNames{groups: []string{"postdrop", "ssl-cert"}}},
		{"squid", "cache_effective_user=mail", accountNames{own: []string{"mail"}}},
		{"other", "the_user=mail=now user=mail a_user=nonesuch", accountNames{}},
		{"stunnel", "stunnel4", accountNames{own: []string{"stunnel4"}}},
	} {
		t.Run(tc.program, func(t *testing.T) {
			m := &maker{root: sysroot.New(system(map[string]string{"p/" + tc.program: "elf"})), ctx: t.Context()}
			m.walked, m.programs = map[string]bool{}, []string{"/p/" + tc.program}
			m.literals = func(_ string, yield func([]byte) bool) error {
				for s := range strings.FieldsSeq(tc.constants) {
					yield([]byte(strings.ReplaceAll(s, "=", " ")))
				}
				return nil
			}
			got := m.compiledUsers(passwd, group)
			if !slices.Equal(got.own, tc.want.own) || !slices.Equal(got.named, tc.want.named) ||
				!slices.Equal(got.groups, tc.want.groups) {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestUsersOfOwnLibraries checks that the strings of a program's own libraries count,
// that those of common libraries do not, and that the account's home is not added unless
// its name fits the program.
func TestUsersOfOwnLibraries(t *testing.T) {
	src := system(map[string]string{
		"etc/passwd": "postfix:x:101:102::/var/spool/postfix:/bin/sh\nother:x:103:103::/home/other:/bin/sh\n",
		"etc/group":  "postfix:x:102:\npostdrop:x:104:\n", "usr/sbin/master": "elf",
		"usr/lib/postfix/libpostfix-global.so": "elf!", "lib/x86_64-linux-gnu/libother.so": "elf!!",
	})
	constants := map[string][]string{
		"/usr/lib/postfix/libpostfix-global.so": {"postfix", "postdrop"}, "/lib/x86_64-linux-gnu/libother.so": {"other"},
	}
	facts := groupFacts{
		programs: []string{"/usr/sbin/master"},
		libraries: map[string]string{
			"libpostfix-global.so": "/usr/lib/postfix/libpostfix-global.so", "libother.so": "/lib/x86_64-linux-gnu/libother.so",
		},
		literals: func(name string, yield func([]byte) bool) error {
			for _, s := range constants[name] {
				yield([]byte(s))
			}
			return nil
		},
	}
	check(t, src, facts, "passwd", `
/etc/group 0644 "root:x:0:\npostfix:x:102:\npostdrop:x:104:\nnonroot:x:65532:\nnobody:x:65534:\n"
/etc/passwd 0644 "root:x:0:0:root:/root:/bin/sh\npostfix:x:101:102::/var/spool/postfix:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:\nnobody:x:65534:65534:nobody:/nonexistent:\n"
/home/nonroot/ -rwx------ 65532:65532
/root/ -rwx------ 0:0
`)
}

// TestFlagWords checks which words of a command line and of the environment name
// accounts.
func TestFlagWords(t *testing.T) {
	for _, tc := range []struct {
		command, env string
		want         string
	}{
		{"/usr/bin/memcached -u memcache", "", "[memcache] []"},
		{"-uredis", "", "[redis] []"},
		{"--user=www-data:adm --user x", "", "[www-data adm x] []"},
		{"-j unix,user=vcache,ccgroup=varnish", "", "[vcache varnish] []"},
		{"-u 33 --uid=33:x", "", "[x] []"},
		{"-n list -l backup:x", "", "[] []"},
		{"", "PGUSER=postgres,MODE=backup,USER=www-data,LOGNAME=x,A=b", "[] [postgres www-data x]"},
	} {
		a := Accounts{Command: strings.Fields(tc.command), Env: strings.Split(tc.env, ",")}
		w := wordsOf(a)
		var options []string
		for _, name := range w.options {
			if name != "ser" { // the rest of "-user"
				options = append(options, name)
			}
		}
		if got := fmt.Sprint(options, w.variables); got != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.command, tc.env, got, tc.want)
		}
	}
}

// TestAskedUsers checks the accounts that flags name, and which of them bring their
// home directories.
func TestAskedUsers(t *testing.T) {
	facts := factsWith(func(f *groupFacts) {
		f.asked = Accounts{
			Owners: []string{"103:ssl-cert", "33"}, Env: []string{"WHO=redis", "MODE=ann"},
			Command: []string{"prog", "sh -c 'su-exec www-data x'"},
			Added:   []owner.Account{{Name: "Own", IDs: owner.IDs{UID: 7, GID: 8}}, {Name: "nonroot", IDs: owner.IDs{UID: 9, GID: 9}}},
		}
	})
	check(t, debian(), facts, "passwd", `
/etc/group 0644 "root:x:0:\nOwn:x:8:\nnonroot:x:9:\nwww-data:x:33:\nssl-cert:x:105:redis\nredis:x:110:\nnonroot:x:65532:\nnogroup:x:65534:\n"
/etc/passwd 0644 "root:x:0:0:root:/root:/bin/sh\nOwn:x:7:8::/:/usr/sbin/nologin\nnonroot:x:9:9::/:/usr/sbin/nologin\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nredis:x:103:110::/var/lib/redis:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
/root/ -rwx------ 0:0
`)
}
