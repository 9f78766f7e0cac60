package groups

import "testing"

// passwdLines are what every image has on the system of the tests.
const (
	rootLine    = `root:x:0:0:root:/root:/bin/sh\n`
	nobodyLine  = `nonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`
	rootGroup   = `root:x:0:\n`
	nobodyGroup = `nonroot:x:65532:\nnogroup:x:65534:\n`
)

func TestUsers(t *testing.T) {
	const homes = "/home/nonroot/ -rwx------ 65532:65532\n/root/ -rwx------ 0:0\n"
	const redisUser = `redis:x:103:110::/var/lib/redis:/usr/sbin/nologin\n`
	const redisGroups = `ssl-cert:x:105:redis\nredis:x:110:\n`
	for _, tc := range []struct {
		name   string
		change func(*Facts)
		passwd string
		group  string
		homes  string
	}{
		{"nobody asked for", nil, "", "", homes},
		{"by name", func(f *Facts) { f.User = "redis" }, redisUser, redisGroups, homes + "/var/lib/redis/ -r-xr-xr-x 103:110\n"},
		{"by number, with a group", func(f *Facts) { f.User = "103:www-data" }, redisUser, `www-data:x:33:\n` + redisGroups, homes + "/var/lib/redis/ -r-xr-xr-x 103:110\n"},
		{"without an entry", func(f *Facts) { f.User = "4711:4711" }, "", "", homes},
		{"one that is there anyway", func(f *Facts) { f.User = "nobody" }, "", "", homes},
		{
			"by a configuration file", func(f *Facts) { f.Configs = []string{"/etc/nginx/nginx.conf", "/etc/gone.conf"} },
			`www-data:x:33:33::/var/www:/usr/sbin/nologin\n`, `www-data:x:33:\n`, homes + "/var/www/ -rwxr-xr-x 33:33\n",
		},
		{"further ones", func(f *Facts) { f.Users = []string{"redis", "redis", "nonesuch"} }, redisUser, redisGroups, homes + "/var/lib/redis/ -r-xr-xr-x 103:110\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check(t, debian(), facts(tc.change), "passwd",
				`/etc/group 0644 "`+rootGroup+tc.group+nobodyGroup+"\"\n"+
					`/etc/passwd 0644 "`+rootLine+tc.passwd+nobodyLine+"\"\n"+tc.homes)
		})
	}
}

func TestUsersOfAnEmptySystem(t *testing.T) {
	check(t, system(nil), Facts{User: "redis"}, "passwd", `
/etc/group 0644 "root:x:0:\nnonroot:x:65532:\nnobody:x:65534:\n"
/etc/passwd 0644 "root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:\nnobody:x:65534:65534:nobody:/nonexistent:\n"
/home/nonroot/ -rwx------ 65532:65532
/root/ -rwx------ 0:0
`)
}

func TestUserDirective(t *testing.T) {
	for line, want := range map[string]string{
		"user www-data;":               "www-data",
		"  user  nginx nginx; # why":   "nginx",
		"user = mysql":                 "mysql",
		"User nobody":                  "nobody",
		`username: "unbound"`:          "unbound",
		"user=\"x\"":                   "x",
		"# user www-data;":             "",
		"useradd x":                    "",
		"user default on nopass ~* &*": "", // an ACL of redis
		"proxy_set_header user $x;":    "",
	} {
		got := ""
		if f := userDirective().FindStringSubmatch(line); f != nil {
			got = f[2]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
