package elfdeps

import "testing"

const levelsLoader = "ld hwcaps=x86-64-v4:x86-64-v3:x86-64-v2"

func TestHwcaps(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "below any search directory, the best level first",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader, "/m/liba.so": "lib",
				"/m/glibc-hwcaps/x86-64-v2/liba.so": "lib", "/m/glibc-hwcaps/x86-64-v4/liba.so": "lib", "/m/glibc-hwcaps/x86-64-v9/liba.so": "lib",
			},
			want: "/m/glibc-hwcaps/x86-64-v4/liba.so /m/glibc-hwcaps/x86-64-v2/liba.so /m/liba.so",
		},
		{
			name: "an earlier directory beats a variant in a later one",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/1:/2", glibcLoader: levelsLoader, "/1/liba.so": "lib", "/2/glibc-hwcaps/x86-64-v2/liba.so": "lib",
			},
			want: "/1/liba.so",
		},
		{
			name: "a variant has an origin and dependencies of its own",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader, "/m/liba.so": "lib",
				"/m/glibc-hwcaps/x86-64-v3/liba.so": "lib needs=libb.so runpath=$ORIGIN", "/m/glibc-hwcaps/x86-64-v3/libb.so": "lib",
			},
			want: "/m/glibc-hwcaps/x86-64-v3/liba.so /m/glibc-hwcaps/x86-64-v3/libb.so /m/liba.so",
		},
		{
			name: "a program for newer processors only",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader, "/m/glibc-hwcaps/x86-64-v2/liba.so": "lib",
			},
			want: "/m/glibc-hwcaps/x86-64-v2/liba.so",
		},
		{
			name: "names that exist in no variant need one run only",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader, "/m/glibc-hwcaps/x86-64-v2": "dir", "/m/liba.so": "lib",
			},
			want: "/m/liba.so",
		},
		{
			name: "not before 2.33",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader + " version=2.32", "/m/liba.so": "lib", "/m/glibc-hwcaps/x86-64-v2/liba.so": "lib",
			},
			want: "/m/liba.so",
		},
		{
			name: "legacy subdirectories up to 2.36",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader + " version=2.36", "/m/liba.so": "lib",
				"/m/tls/liba.so": "lib", "/m/haswell/liba.so": "lib", "/m/tls/haswell/avx512_1/x86_64/liba.so": "lib", "/m/avx512_1/haswell/liba.so": "lib",
			},
			want: "/m/tls/haswell/avx512_1/x86_64/liba.so /m/tls/liba.so",
		},
		{
			name: "and no longer",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader + " version=2.37", "/m/liba.so": "lib", "/m/tls/liba.so": "lib",
			},
			want: "/m/liba.so",
		},
		{
			name: "power",
			tree: tree{
				"/ld": "ld machine=21 flags=2 hwcaps=power10:power9", "/bin/t": "exe interp=/ld machine=21 flags=2 needs=liba.so runpath=/m",
				"/m/glibc-hwcaps/power9/liba.so": "lib machine=21 flags=2", "/m/liba.so": "lib machine=21 flags=2",
			},
			want: "/ld /m/glibc-hwcaps/power9/liba.so /m/liba.so",
		},
	})
}

// A file that the loader refuses ends the search in a capability subdirectory, too.
func TestHwcapsFatal(t *testing.T) {
	runCases(t, []searchCase{{
		name: "text as a variant",
		tree: tree{
			"/bin/t": "exe needs=liba.so runpath=/m", glibcLoader: levelsLoader, "/m/glibc-hwcaps/x86-64-v2/liba.so": "text no", "/m/liba.so": "lib",
		},
		want: "/m/liba.so FatalError:{/m/glibc-hwcaps/x86-64-v2/liba.so: cannot be loaded as liba.so, needed by /bin/t: the file is too short}",
	}})
}
