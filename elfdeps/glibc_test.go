package elfdeps

import "testing"

func TestGlibcSearch(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "nothing needed",
			tree: tree{"/bin/t": "exe"},
		},
		{
			name: "default directories in order",
			tree: tree{"/bin/t": "exe needs=liba.so,libb.so", "/lib/liba.so": "lib", "/usr/lib/liba.so": "lib", "/usr/lib/libb.so": "lib"},
			want: "/lib/liba.so /usr/lib/libb.so",
		},
		{
			name: "breadth first",
			tree: tree{"/bin/t": "exe needs=liba.so,libb.so", "/lib/liba.so": "lib needs=libc1.so", "/lib/libb.so": "lib", "/lib/libc1.so": "lib"},
			want: "/lib/liba.so /lib/libb.so /lib/libc1.so",
		},
		{
			name: "rpath is inherited",
			tree: tree{"/bin/t": "exe needs=liba.so rpath=/m", "/m/liba.so": "lib needs=libb.so", "/m/libb.so": "lib"},
			want: "/m/liba.so /m/libb.so",
		},
		{
			name: "runpath is not",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/m", "/m/liba.so": "lib needs=libb.so", "/m/libb.so": "lib"},
			want: "/m/liba.so missing:libb.so</m/liba.so",
		},
		{
			name: "the rpath of an ancestor in the middle",
			tree: tree{
				"/bin/t": "exe needs=liba.so runpath=/1", "/1/liba.so": "lib needs=libb.so rpath=/2",
				"/2/libb.so": "lib needs=libc1.so", "/2/libc1.so": "lib",
			},
			want: "/1/liba.so /2/libb.so /2/libc1.so",
		},
		{
			name: "the chain goes by who asked first",
			tree: tree{
				"/bin/t": "exe needs=liba.so,libb.so runpath=/m", "/m/liba.so": "lib needs=libx.so rpath=/xa",
				"/m/libb.so": "lib needs=libx.so rpath=/xb", "/xa/libx.so": "lib needs=liby.so", "/xb/libx.so": "lib needs=liby.so",
				"/xb/liby.so": "lib",
			},
			want: "/m/liba.so /m/libb.so /xa/libx.so missing:liby.so</xa/libx.so",
		},
		{
			name: "a runpath cuts the requester off from all rpaths",
			tree: tree{
				"/bin/t": "exe needs=liba.so rpath=/l", "/l/liba.so": "lib needs=libb.so runpath=/none", "/l/libb.so": "lib",
			},
			want: "/l/liba.so missing:libb.so</l/liba.so",
		},
		{
			name: "and so does an empty one",
			tree: tree{
				"/bin/t": "exe needs=liba.so rpath=/l", "/l/liba.so": "lib needs=libb.so runpath=", "/l/libb.so": "lib",
			},
			want: "/l/liba.so missing:libb.so</l/liba.so",
		},
		{
			name: "a parent with both lends nothing, the one above it does",
			tree: tree{
				"/bin/t": "exe needs=liba.so rpath=/top", "/top/liba.so": "lib needs=libb.so rpath=/r runpath=/u",
				"/u/libb.so": "lib needs=libc1.so,libd.so", "/r/libc1.so": "lib", "/top/libd.so": "lib",
			},
			want: "/top/liba.so /u/libb.so /top/libd.so missing:libc1.so</u/libb.so",
		},
		{
			name: "LD_LIBRARY_PATH comes after rpath",
			tree: tree{"/bin/t": "exe needs=liba.so,libb.so rpath=/r", "/r/liba.so": "lib", "/e/liba.so": "lib", "/e/libb.so": "lib"},
			ask:  Resolver{LibraryPath: "/none;/e"},
			want: "/r/liba.so /e/libb.so",
		},
		{
			name: "and before runpath",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/r", "/r/liba.so": "lib", "/e/liba.so": "lib"},
			ask:  Resolver{LibraryPath: "/e"},
			want: "/e/liba.so",
		},
		{
			name: "its tokens are those of the program",
			tree: tree{"/bin/t": "exe needs=liba.so", "/bin/lib/liba.so": "lib needs=libb.so", "/bin/lib/libb.so": "lib"},
			ask:  Resolver{LibraryPath: "$ORIGIN/$LIB"},
			want: "/bin/lib/liba.so /bin/lib/libb.so",
		},
		{
			name: "an empty element is the working directory",
			tree: tree{"/bin/t": "exe needs=liba.so rpath=/none::/also", "/here/liba.so": "lib"},
			ask:  Resolver{Dir: "/here"},
			want: "/here/liba.so",
		},
		{
			name: "relative elements",
			tree: tree{"/bin/t": "exe needs=liba.so rpath=sub//", "/here/sub/liba.so": "lib"},
			ask:  Resolver{Dir: "/here"},
			want: "/here/sub/liba.so",
		},
		{
			name: "no default directories",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/m", "/m/liba.so": "lib needs=libb.so nodeflib", "/lib/libb.so": "lib"},
			want: "/m/liba.so missing:libb.so</m/liba.so",
		},
		{
			name: "the last entry of a tag counts",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/a,/b", "/a/liba.so": "lib", "/b/liba.so": "lib"},
			want: "/b/liba.so",
		},
		{
			name: "a directory of another name is no directory",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/f:/m", "/f": "text x", "/m/liba.so": "lib"},
			want: "/m/liba.so",
		},
		{
			name: "a link loop ends its list",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/1:/2", "/1/liba.so": "-> liba.so", "/2/liba.so": "lib"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "and not the next one",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=/1:/2", "/1/liba.so": "-> liba.so", "/2/liba.so": "lib", "/lib/liba.so": "lib"},
			want: "/lib/liba.so",
		},
		{
			name: "a relative directory that is a file ends its list up to 2.38",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=f:/2", "/f": "text x", "/2/liba.so": "lib", glibcLoader: "ld version=2.38"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "but not since",
			tree: tree{"/bin/t": "exe needs=liba.so runpath=f:/2", "/f": "text x", "/2/liba.so": "lib"},
			want: "/2/liba.so",
		},
		{
			name: "the directories are those of the interpreter",
			tree: tree{
				"/bin/t": "exe needs=liba.so interp=/nix/ld.so", "/nix/ld.so": "ld dirs=/nix/store/glibc/lib/", "/lib/liba.so": "lib",
				"/nix/store/glibc/lib/liba.so": "lib",
			},
			want: "/nix/ld.so /nix/store/glibc/lib/liba.so",
		},
		{
			name: "or upstream's where it shows none",
			tree: tree{"/bin/t": "exe needs=liba.so", glibcLoader: "lib", "/lib/liba.so": "lib", "/usr/lib64/liba.so": "lib"},
			want: "/usr/lib64/liba.so",
		},
		{
			name: "an interpreter by a relative name",
			tree: tree{"/bin/t": "exe interp=rt/ld.so", "/here/rt/ld.so": "ld"},
			ask:  Resolver{Dir: "/here"},
			want: "/here/rt/ld.so",
		},
		{
			name: "an interpreter that is not there",
			tree: tree{"/bin/t": "exe needs=liba.so interp=/none"},
			want: "InterpreterError:{/bin/t: its interpreter /none: no such file or directory}",
		},
		{
			name: "or of another machine",
			tree: tree{"/bin/t": "exe interp=/ld", "/ld": "ld machine=183"},
			want: "InterpreterError:{/bin/t: its interpreter /ld: is for another architecture}",
		},
	})
}

func TestGlibcNames(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "a soname satisfies a later name",
			tree: tree{"/bin/t": "exe needs=libreal.so,libb.so", "/lib/libreal.so": "lib soname=libalias.so", "/lib/libb.so": "lib needs=libalias.so"},
			want: "/lib/libreal.so /lib/libb.so",
		},
		{
			name: "but not an earlier one",
			tree: tree{"/bin/t": "exe needs=libalias.so,libreal.so", "/lib/libreal.so": "lib soname=libalias.so"},
			want: "/lib/libreal.so missing:libalias.so</bin/t",
		},
		{
			name: "the program's own soname",
			tree: tree{"/bin/t": "exe needs=liba.so soname=libhost.so", "/lib/liba.so": "lib needs=libhost.so", "/lib/libhost.so": "lib"},
			want: "/lib/liba.so",
		},
		{
			name: "an empty name is the program",
			tree: tree{"/bin/t": "exe needs="},
		},
		{
			name: "the interpreter's soname is the interpreter",
			tree: tree{"/bin/t": "exe needs=ld-linux-x86-64.so.2 rpath=/m", "/m/ld-linux-x86-64.so.2": "lib"},
		},
		{
			name: "by another path it is loaded again",
			tree: tree{"/bin/t": "exe needs=/other/ld.so", "/other/ld.so": "-> " + glibcLoader},
			want: "/other/ld.so",
		},
		{
			name: "the kernel's vdso",
			tree: tree{"/bin/t": "exe needs=linux-vdso.so.1 rpath=/m", "/m/linux-vdso.so.1": "lib"},
		},
		{
			name: "two names of one inode are both opened",
			tree: tree{"/bin/t": "exe needs=liba.so,libb.so,libc1.so", "/lib/liba.so": "lib", "/lib/libb.so": "= /lib/liba.so", "/lib/libc1.so": "-> liba.so"},
			want: "/lib/liba.so /lib/libb.so /lib/libc1.so",
		},
		{
			name: "relative to the working directory",
			tree: tree{"/bin/t": "exe needs=sub/liba.so rpath=/bin", "/here/sub/liba.so": "lib", "/bin/sub/liba.so": "lib"},
			ask:  Resolver{Dir: "/here"},
			want: "/here/sub/liba.so",
		},
		{
			name: "an absolute one gives its soname",
			tree: tree{"/bin/t": "exe needs=/x/liba.so,libb.so", "/x/liba.so": "lib soname=liba.so.5", "/lib/libb.so": "lib needs=liba.so.5"},
			want: "/x/liba.so /lib/libb.so",
		},
		{
			name: "found because someone else found it before",
			tree: tree{"/bin/t": "exe needs=liba.so,libb.so", "/lib/liba.so": "lib needs=libx.so runpath=/x", "/lib/libb.so": "lib needs=libx.so", "/x/libx.so": "lib"},
			want: "/lib/liba.so /lib/libb.so /x/libx.so",
		},
		{
			name: "names with spaces, arrows and newlines", // in the elements, which the words above cannot write
			tree: tree{
				"/bin/t": "exe needs=a=>b(c) rpath=/m", "/m/a=>b(c)": "lib",
			},
			want: "/m/a=>b(c)",
		},
	})
}

func TestFiltersAuditsPreloads(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "an auxiliary library is loaded before what comes next",
			tree: tree{"/bin/t": "exe needs=liba.so,libb.so", "/lib/liba.so": "lib aux=libx.so", "/lib/libb.so": "lib needs=libc1.so", "/lib/libx.so": "lib needs=liby.so", "/lib/liby.so": "lib", "/lib/libc1.so": "lib"},
			want: "/lib/liba.so /lib/libb.so /lib/libx.so /lib/liby.so /lib/libc1.so",
		},
		{
			name: "and may be absent, or no library at all",
			tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib aux=libx.so,liby.so", "/lib/liby.so": "text no"},
			want: "/lib/liba.so",
		},
		{
			name: "a filtered one may not",
			tree: tree{"/bin/t": "exe needs=liba.so", "/lib/liba.so": "lib filter=libx.so"},
			want: "/lib/liba.so missing:libx.so</lib/liba.so",
		},
		{
			name: "LD_PRELOAD",
			tree: tree{"/bin/t": "exe needs=libz.so rpath=/m", "/p/libp.so": "lib soname=libz.so needs=libq.so", "/m/libq.so": "lib", "/m/libn.so": "lib"},
			ask:  Resolver{Preload: "/p/libp.so:/p/gone.so libn.so"},
			want: "/p/libp.so /m/libn.so /m/libq.so",
		},
		{
			name: "ld.so.preload",
			tree: tree{"/bin/t": "exe", "/etc/ld.so.preload": "text # /p/no.so\n/p/libp.so:/p/gone.so\t/p/libr.so # x", "/p/libp.so": "lib", "/p/libr.so": "lib"},
			want: "/etc/ld.so.preload /p/libp.so /p/libr.so",
		},
		{
			name: "one that names nothing",
			tree: tree{"/bin/t": "exe", "/etc/ld.so.preload": "text # nothing"},
		},
		{
			name: "LD_AUDIT, in a tree of its own",
			tree: tree{"/bin/t": "exe needs=libq.so", "/a/aud.so": "lib needs=libq.so runpath=/a", "/a/libq.so": "lib", "/lib/libq.so": "lib"},
			ask:  Resolver{Audit: "/a/aud.so:/a/gone.so"},
			want: "/a/aud.so /a/libq.so /lib/libq.so",
		},
		{
			name: "DT_AUDIT and DT_DEPAUDIT of the program only",
			tree: tree{"/bin/t": "exe needs=liba.so audit=aud.so depaudit=/a/dep.so runpath=/a", "/a/aud.so": "lib", "/a/dep.so": "lib", "/a/liba.so": "lib audit=/a/no.so", "/a/no.so": "lib"},
			want: "/a/aud.so /a/dep.so /a/liba.so",
		},
		{
			name: "an audit module that lacks a library is loaded up to there",
			tree: tree{
				"/bin/t": "exe audit=/a/aud.so", "/a/aud.so": "lib needs=libq.so,none.so,libr.so runpath=/a",
				"/a/libq.so": "lib needs=libr.so runpath=/a", "/a/libr.so": "lib",
			},
			want: "/a/aud.so /a/libq.so",
		},
		{
			name: "an audit module and its libraries are looked for by the program's runpath",
			tree: tree{"/bin/t": "exe audit=aud.so runpath=/a", "/a/aud.so": "lib needs=libq.so", "/a/libq.so": "lib needs=libr.so runpath=/b", "/a/libr.so": "lib"},
			want: "/a/aud.so /a/libq.so",
		},
	})
}

func TestVersions(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "defined",
			tree: tree{"/bin/t": "exe needs=liba.so wants=liba.so:V1,V2", "/lib/liba.so": "lib defines=liba.so,V1,V2"},
			want: "/lib/liba.so",
		},
		{
			name: "not defined",
			tree: tree{"/bin/t": "exe needs=liba.so wants=liba.so:V1,V3", "/lib/liba.so": "lib defines=liba.so,V1,V2"},
			want: "/lib/liba.so VersionError:{version 'V3' of liba.so, needed by /bin/t, is not in /lib/liba.so}",
		},
		{
			name: "weakly wanted",
			tree: tree{"/bin/t": "exe needs=liba.so wants=liba.so:?V3", "/lib/liba.so": "lib defines=V1"},
			want: "/lib/liba.so",
		},
		{
			name: "a library without versions",
			tree: tree{"/bin/t": "exe needs=liba.so wants=liba.so:V1", "/lib/liba.so": "lib"},
			want: "/lib/liba.so",
		},
		{
			name: "of a library that is missing anyway",
			tree: tree{"/bin/t": "exe needs=liba.so wants=liba.so:V1"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "of a library that nobody needs",
			tree: tree{"/bin/t": "exe wants=liba.so:V1", "/lib/liba.so": "lib"},
			want: "FatalError:{/bin/t: needs liba.so: " +
				"symbol versions are required from it, but no loaded object has that name}",
		},
		{
			name: "of the interpreter",
			tree: tree{"/bin/t": "exe needs=ld-linux-x86-64.so.2 wants=ld-linux-x86-64.so.2:GLIBC_2.0,GLIBC_9"},
			want: "VersionError:{version 'GLIBC_9' of ld-linux-x86-64.so.2, needed by /bin/t, is not in " + glibcLoader + "}",
		},
	})
}
