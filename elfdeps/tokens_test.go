package elfdeps

import "testing"

func TestTokens(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "the program's origin has no symlinks",
			tree: tree{"/bin/t": "-> /real/t", "/real/t": "exe needs=liba.so runpath=$ORIGIN/lib", "/real/lib/liba.so": "lib", "/bin/lib/liba.so": "lib"},
			want: "/real/lib/liba.so",
		},
		{
			name: "a library's origin is where it was opened",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/l", "/l/liba.so": "-> ../real/liba.so", "/real/liba.so": "lib needs=libb.so runpath=$ORIGIN",
				"/real/libb.so": "lib", "/l/libb.so": "lib",
			},
			want: "/l/liba.so /l/libb.so",
		},
		{
			name: "dots stay",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=$ORIGIN/../m", "/m/liba.so": "lib"},
			want: "/bin/../m/liba.so",
		},
		{
			name: "braces, and what is no token",
			tree: tree{
				"/bin/t": "exe needs=liba.so,libb.so,libc1.so runpath=${ORIGIN}/one:$ORIGINX:${ORIGIN", "/bin/one/liba.so": "lib",
				"/$ORIGINX/libb.so": "lib", "/${ORIGIN/libc1.so": "lib",
			},
			want: "/bin/one/liba.so /$ORIGINX/libb.so /${ORIGIN/libc1.so",
		},
		{
			name: "LIB is the interpreter's",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/x/$LIB", "/x/lib/q/liba.so": "lib", glibcLoader: "ld lib=lib/q"},
			want: "/x/lib/q/liba.so",
		},
		{
			name: "in DT_NEEDED",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/l", "/l/liba.so": "lib needs=$ORIGIN/sub/libb.so", "/l/sub/libb.so": "lib"},
			want: "/l/liba.so /l/sub/libb.so",
		},
		{
			name: "every platform that exists",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/m/$PLATFORM", "/m/haswell/liba.so": "lib", "/m/x86_64/liba.so": "lib needs=libb.so", "/lib/libb.so": "lib"},
			want: "/m/haswell/liba.so /m/x86_64/liba.so /lib/libb.so", // an Intel Xeon Phi has neither
		},
		{
			name: "one of them is enough",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/m/$PLATFORM", "/m/x86_64/liba.so": "lib"},
			want: "/m/x86_64/liba.so",
		},
	})
}

func TestSecure(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "the environment does not count",
			tree: tree{"/bin/t": "exe suid needs=liba.so", "/e/liba.so": "lib", "/e/libp.so": "lib"},
			ask:  Resolver{LibraryPath: "/e", Preload: "/e/libp.so", Audit: "/e/libp.so"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "origin outside the system directories",
			tree: tree{"/bin/t": "exe suid needs=liba.so runpath=$ORIGIN/o", "/bin/o/liba.so": "lib"},
			want: "missing:liba.so</bin/t",
		},
		{
			name:   "origin below a system directory",
			tree:   tree{"/usr/lib/x/t": "exe suid needs=liba.so runpath=$ORIGIN/o", "/usr/lib/x/o/liba.so": "lib"},
			target: "/usr/lib/x/t",
			want:   "/usr/lib/x/o/liba.so",
		},
		{
			name:   "not as the whole first component",
			tree:   tree{"/usr/lib/x/t": "exe suid needs=liba.so runpath=$ORIGIN.d", "/usr/lib/x.d/liba.so": "lib"},
			target: "/usr/lib/x/t",
			want:   "missing:liba.so</usr/lib/x/t",
		},
		{
			name: "a library's origin works",
			tree: tree{"/bin/t": "exe suid needs=liba.so runpath=/m", "/m/liba.so": "lib needs=libb.so runpath=$ORIGIN", "/m/libb.so": "lib"},
			want: "/m/liba.so /m/libb.so",
		},
		{
			name: "a token in DT_NEEDED is refused",
			tree: tree{"/bin/t": "exe suid needs=$ORIGIN/liba.so", "/bin/liba.so": "lib"},
			want: "FatalError:{/bin/t: needs $ORIGIN/liba.so: " +
				"dynamic string tokens are not allowed in set-id programs}",
		},
		{
			name: "preloads by name must be set-id too",
			tree: tree{"/bin/t": "exe suid", "/lib/liba.so": "lib", "/lib/libb.so": "lib suid"},
			ask:  Resolver{Preload: "liba.so libb.so"},
			want: "/lib/libb.so",
		},
	})
}
