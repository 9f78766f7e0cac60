package elfdeps

import "testing"

func TestMusl(t *testing.T) {
	runCases(t, []searchCase{
		{
			name: "the interpreter is libc",
			tree: tree{"/bin/t": "musl needs=libc.musl-x86_64.so.1,libpthread.so.0,libm.so.6,libc.so.6,libxnet.so rpath=/m", "/m/libm.so.6": "lib"},
		},
		{
			name: "other libraries of glibc are not",
			tree: tree{"/bin/t": "musl needs=libcrypt.so.1,libresolv.so.2"},
			want: "missing:libcrypt.so.1</bin/t missing:libresolv.so.2</bin/t",
		},
		{
			name: "runpath is inherited",
			tree: tree{"/bin/t": "musl needs=liba.so runpath=/m", "/m/liba.so": "lib needs=libb.so runpath=/none", "/m/libb.so": "lib"},
			want: "/m/liba.so /m/libb.so",
		},
		{
			name: "of both tags runpath counts",
			tree: tree{"/bin/t": "musl needs=liba.so runpath=/u rpath=/r", "/r/liba.so": "lib", "/u/liba.so": "lib"},
			want: "/u/liba.so",
		},
		{
			name: "LD_LIBRARY_PATH comes first",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=/r", "/r/liba.so": "lib", "/e/liba.so": "lib"},
			ask:  Resolver{LibraryPath: "/x;/y:\n::/e"},
			want: "/e/liba.so",
		},
		{
			name: "sonames mean nothing",
			tree: tree{"/bin/t": "musl needs=libreal.so,libb.so rpath=/m", "/m/libreal.so": "lib soname=libalias.so", "/m/libb.so": "lib needs=libalias.so"},
			want: "/m/libreal.so /m/libb.so missing:libalias.so</m/libb.so",
		},
		{
			name: "one inode by two names",
			tree: tree{"/bin/t": "musl needs=liba.so,liba.so.1 rpath=/m", "/m/liba.so.1": "lib", "/m/liba.so": "-> liba.so.1"},
			want: "/m/liba.so /m/liba.so.1",
		},
		{
			name: "a path gives no short name",
			tree: tree{"/bin/t": "musl needs=/m/liba.so,libb.so rpath=/m:/n", "/m/liba.so": "lib", "/n/libb.so": "lib needs=liba.so"},
			want: "/m/liba.so /n/libb.so",
		},
		{
			name: "origins",
			tree: tree{"/bin/t": "-> ../real/t", "/real/t": "musl needs=liba.so,libb.so rpath=$ORIGIN/lib:${ORIGIN}2", "/real/lib/liba.so": "lib", "/real2/libb.so": "lib"},
			want: "/real/lib/liba.so /real2/libb.so",
		},
		{
			name: "no word boundary",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=$ORIGINX", "/binX/liba.so": "lib"},
			want: "/binX/liba.so",
		},
		{
			name: "another token voids the list",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=/m:/x/$LIB", "/m/liba.so": "lib"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "no element is the working directory",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=::", "/here/liba.so": "lib"},
			ask:  Resolver{Dir: "/here"},
			want: "missing:liba.so</bin/t",
		},
		{
			name: "a text file ends the search",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=/1:/2", "/1/liba.so": "text no", "/2/liba.so": "lib"},
			want: "FatalError:{/1/liba.so: cannot be loaded as liba.so, needed by /bin/t: it is not an ELF file}",
		},
		{
			name: "so does another class",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=/1:/2", "/1/liba.so": "lib class32", "/2/liba.so": "lib"},
			want: "FatalError:{/1/liba.so: cannot be loaded as liba.so, needed by /bin/t: wrong ELF class}",
		},
		{
			name: "but not another machine",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=/1:/2", "/1/liba.so": "lib machine=183", "/2/liba.so": "lib"},
			want: "/1/liba.so",
		},
		{
			name: "a link loop ends the search altogether",
			tree: tree{"/bin/t": "musl needs=liba.so rpath=/1", "/1/liba.so": "-> liba.so", "/lib/liba.so": "lib"},
			want: "FatalError:{/bin/t: needs liba.so: too many levels of symbolic links}",
		},
		{
			name: "another libc is dropped for the interpreter",
			tree: tree{"/bin/t": "musl needs=/m/libweird.so", "/m/libweird.so": "lib needs=none.so symbols=__libc_start_main,stdin"},
			want: "/m/libweird.so",
		},
		{
			name: "what glibc has besides is unknown",
			tree: tree{"/bin/t": "musl needs=liba.so,libx.so rpath=/m nodeflib aux=no.so audit=no.so wants=liba.so:V9", "/m/liba.so": "lib", "/m/glibc-hwcaps/x86-64-v2/liba.so": "lib", "/lib/libx.so": "lib", "/etc/ld.so.preload": "text /m/liba.so"},
			want: "/m/liba.so /lib/libx.so",
		},
		{
			name: "the built-in path",
			tree: tree{"/bin/t": "musl needs=liba.so", "/usr/lib/liba.so": "lib", "/usr/local/lib/liba.so": "lib"},
			want: "/usr/local/lib/liba.so",
		},
		{
			name: "the path file",
			tree: tree{"/bin/t": "musl needs=liba.so", "/sys/liba.so": "lib", "/etc/ld-musl-x86_64.path": "text /none\n/sys\n"},
			want: "/etc/ld-musl-x86_64.path /sys/liba.so",
		},
		{
			name: "an empty path file",
			tree: tree{"/bin/t": "musl needs=liba.so", "/lib/liba.so": "lib", "/etc/ld-musl-x86_64.path": "text "},
			want: "/etc/ld-musl-x86_64.path missing:liba.so</bin/t",
		},
		{
			name: "the path file of another prefix",
			tree: tree{
				"/bin/t": "musl needs=liba.so interp=/opt/m/lib/ld-musl-x86_64.so.1", "/opt/m/lib/ld-musl-x86_64.so.1": "lib",
				"/opt/m/etc/ld-musl-x86_64.path": "text /sys", "/sys/liba.so": "lib",
			},
			want: "/opt/m/lib/ld-musl-x86_64.so.1 /opt/m/etc/ld-musl-x86_64.path /sys/liba.so",
		},
		{
			name: "preloads, which see no rpath",
			tree: tree{"/bin/t": "musl needs=libgood.so rpath=/m", "/p/libp.so": "lib needs=libq.so", "/m/libq.so": "lib", "/m/libgood.so": "lib"},
			ask:  Resolver{Preload: "/p/libp.so:/p/gone.so"},
			want: "/p/libp.so /m/libgood.so missing:libq.so</p/libp.so",
		},
		{
			name: "AT_SECURE",
			tree: tree{"/bin/t": "musl suid needs=liba.so,libb.so rpath=$ORIGIN/lib", "/bin/lib/liba.so": "lib", "/e/libb.so": "lib"},
			ask:  Resolver{LibraryPath: "/e", Preload: "/e/libb.so"},
			want: "missing:liba.so</bin/t missing:libb.so</bin/t",
		},
		{
			name:   "a shared object",
			tree:   tree{"/m/liba.so": "lib needs=libb.so,libc.so rpath=$ORIGIN", "/m/libb.so": "lib"},
			target: "/m/liba.so",
			want:   "/m/libb.so " + muslLoader,
		},
	})
}
