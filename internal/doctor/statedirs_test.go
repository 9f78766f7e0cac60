package doctor

import "testing"

// server returns a system with a service whose program has the constants.
func server(files map[string]string, constants ...string) (map[string]string, func(*groupFacts)) {
	files["usr/sbin/served"], files["usr/sbin/sshd"], files["usr/sbin/vsftpd"] = "elf", "elf!", "elf!!"
	return files, func(f *groupFacts) {
		f.programs = []string{"/usr/sbin/served", "/usr/sbin/gone", "/usr/sbin/sshd", "/usr/sbin/vsftpd"}
		f.libraries = nil
		f.literals = func(name string, yield func([]byte) bool) error {
			for _, s := range constants {
				if !yield([]byte(s)) {
					break
				}
			}
			return nil
		}
	}
}

func TestPlaces(t *testing.T) {
	const before, between, after = "/run/ -rwxr-xr-x 0:0\n", "/tmp/ trwxrwxrwx 0:0\n", "/var/run -> /run\n" +
		"/var/tmp/ trwxrwxrwx 0:0\n"
	for _, tc := range []struct {
		name      string
		files     map[string]string
		constants []string
		want      string
	}{
		{
			"something in it is named", nil,
			[]string{"/var/log/served/access.log", "/var/lib/served/", "/run/served/sock"},
			before + "/run/served/ -rwxr-xr-x 0:0\n" + between + "/var/lib/served/ -rwxr-xr-x 0:0\n" +
				"/var/log/served/ -rwxr-xr-x 0:0\n" + after,
		},
		{
			"it may be a file", nil,
			[]string{"/run/served", "/var/log/wtmp", "/var/lib/%s/x", "/var/run/systemd/notify", "/var/lib/", "/vary"},
			before + between + after,
		},
		{
			"it is there",
			map[string]string{"var/cache/served/x": "data", "var/log/lastlog": "file"},
			[]string{"/var/cache/served", "/var/log/lastlog"},
			before + between + "/var/cache/served/ -r-xr-xr-x 0:0\n" + after,
		},
		{
			"tmpfiles.d makes it",
			map[string]string{
				"etc/passwd": "served:x:101:102::/:/bin/sh\n", "etc/group": "served:x:102:\n",
				"usr/lib/tmpfiles.d/served.conf": "# d /run/x 0755 a a -\n" +
					"d! /var/run/served 2775 served served - -\nd /run/other 0755 root root -\n" +
					"f /run/served/x 0644 root root\nd /run/bad mode root root\n",
			},
			[]string{"/run/served"},
			before + "/run/served/ grwxrwxr-x 101:102\n" + between + after,
		},
		{
			"the old names of directories",
			map[string]string{"bin": "-> usr/bin", "sbin": "-> usr/sbin", "usr/bin/x": "elf"},
			nil,
			before + "/sbin -> usr/sbin\n" + between + "/usr/sbin/ -rwxr-xr-x 0:0\n" + after,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.files == nil {
				tc.files = map[string]string{}
			}
			files, change := server(tc.files, tc.constants...)
			check(t, system(files), factsWith(change), "tmp", tc.want)
		})
	}
}

// TestHomeOfCompiledUser checks that the account of a service is found by its name in the
// program, and that its home below /run belongs to root by default.
func TestHomeOfCompiledUser(t *testing.T) {
	files, change := server(map[string]string{
		"etc/passwd": "list:x:38:38::/var/list:/bin/sh\nsshd:x:112:112::/run/sshd:/bin/sh\n" +
			"ftp:x:113:113::/srv/ftp:/bin/sh\nbind:x:114:114::/var/cache/bind:/bin/sh\n" +
			"ann:x:1000:1000::/home/ann:/bin/sh\n",
		"etc/group": "sshd:x:112:\nftp:x:113:\n",
	}, "list", "ann", "/run/sshd", "ftp", "sftp", "bind")
	check(t, system(files), factsWith(change), "passwd",
		`/etc/group 0644 "root:x:0:\nsshd:x:112:\nftp:x:113:\nnonroot:x:65532:\nnobody:x:65534:\n"`+"\n"+
			`/etc/passwd 0644 "root:x:0:0:root:/root:/bin/sh\nsshd:x:112:112::/run/sshd:/bin/sh\nftp:x:113:113::/srv/ftp:/bin/sh\n`+
			`nonroot:x:65532:65532:nonroot:/home/nonroot:\nnobody:x:65534:65534:nobody:/nonexistent:\n"`+"\n"+
			"/home/nonroot/ -rwx------ 65532:65532\n/root/ -rwx------ 0:0\n/run/sshd/ -rwxr-xr-x 0:0\n"+
			"/srv/ftp/ -rwxr-xr-x 113:113\n")
}
