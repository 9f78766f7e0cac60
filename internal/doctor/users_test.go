package doctor

import "testing"

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
