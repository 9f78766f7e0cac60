package main

// The closure the manual way: what a person types who has only ldd. $1 is the
// program; the tree goes to ./root.
const byHand = `
closure() {
  mkdir root
  p=$(command -v "$1")
  { echo "$p"; readlink -f "$p"; ldd "$p" | grep -o '/[^ ]*'; } | sort -u | while read -r f; do
    mkdir -p "root$(dirname "$f")"; cp -L "$f" "root$f"
  done
}
`

// jobs returns every table. The variables are set by prepare.
func jobs() []job {
	return []job{
		resolveJob(),
		allJob(),
		archiveJob("redis-server to a docker archive", "redis-server"),
		archiveJob("the largest program here to a docker archive", "$BIG"),
		engineJob(),
		furtherJob(),
	}
}

func resolveJob() job {
	return job{
		name: "redis-server, resolve only",
		note: "each row is a process of its own, started by bash, whose own time the last row is",
		ways: []way{
			{"mkrootfs --print ldd", []string{"redis-server"}, `$TOOL --print ldd redis-server >/dev/null`},
			{"mkrootfs --print json", []string{"redis-server"}, `$TOOL --print json redis-server >/dev/null`},
			{"mkrootfs --print json /bin/ls", nil, `$TOOL --print json /bin/ls >/dev/null`},
			{"mkrootfs --version (a process that links the same)", nil, `$TOOL --version >/dev/null`},
			{"an empty Go process", []string{"$EMPTY"}, `$EMPTY`},
			{"ldd", []string{"ldd"}, `ldd /usr/bin/redis-server >/dev/null`},
			{"ldd /bin/ls", []string{"ldd"}, `ldd /bin/ls >/dev/null`},
			{"the loader itself", []string{"/lib64/ld-linux-x86-64.so.2"}, `/lib64/ld-linux-x86-64.so.2 --list /usr/bin/redis-server >/dev/null`},
			{"libtree -vvv", []string{"libtree"}, `libtree -vvv /usr/bin/redis-server >/dev/null`},
			{"lddtree", []string{"lddtree"}, `lddtree /usr/bin/redis-server >/dev/null`},
			{"u-root ldd", []string{"$UROOT_LDD"}, `$UROOT_LDD /usr/bin/redis-server >/dev/null`},
			{"nothing", nil, `:`},
		},
	}
}

// allJob resolves every dynamic program of the system in one call, where the
// tool takes more than one.
func allJob() job {
	return job{
		name: "all dynamic programs of /usr/bin and /usr/sbin",
		ways: []way{
			{"libtree", []string{"libtree"}, `xargs -a $PROGRAMS libtree >/dev/null 2>&1 || true`},
			{"mkrootfs --print json", nil, `xargs -a $PROGRAMS $TOOL --print json >/dev/null 2>&1 || true`},
			{"mkrootfs --print ldd", nil, `xargs -a $PROGRAMS $TOOL --print ldd >/dev/null 2>&1 || true`},
			{"ldd", []string{"ldd"}, `xargs -a $PROGRAMS ldd >/dev/null 2>&1 || true`},
		},
	}
}

// archiveJob turns program into an archive for docker load, by each tool that
// makes one from a tree. All but mkrootfs get their tree from ldd and cp.
func archiveJob(name, program string) job {
	tree := byHand + "closure " + program + "\n"
	return job{
		name: name,
		ways: []way{
			{"ldd + cp + tar czf + docker build", []string{"docker engine", program}, tree + `
tar -C root -czf rootfs.tar.gz .
printf 'FROM scratch\nADD rootfs.tar.gz /\nCMD ["` + program + `"]\n' > Dockerfile; rm -r root
docker build -q --no-cache --label mkrootfs.test=$MKROOTFS_TEST_RUN -t $BENCH:manual . >/dev/null && docker save -o out.tar $BENCH:manual`},
			{"mkrootfs", []string{program}, `$TOOL -q ` + program + ` -t bench:t -o out.tar >/dev/null`},
			{"mkrootfs, rootfs.tar.gz and archive", []string{program}, `$TOOL -q ` + program + ` -t bench:t >/dev/null`},
			{"ldd + cp + tar + crane append", []string{"crane", program}, tree + `
tar -C root -cf rootfs.tar . && crane append --oci-empty-base -f rootfs.tar -t bench:t -o out.tar 2>/dev/null`},
			{"ldd + cp + buildah", []string{"buildah", program}, tree + `
c=$(buildah from scratch) && buildah copy -q $c root / >/dev/null && buildah config --cmd ` + program + ` $c &&
buildah commit -q --rm $c docker-archive:out.tar:bench:t >/dev/null`},
			{"ldd + cp + umoci (layout)", []string{"umoci", program}, tree + `
umoci init --layout l && umoci new --image l:t && umoci insert --image l:t root / >/dev/null`},
			{"dockerize", []string{"dockerize", program}, `dockerize -t bench:dockerize ` + program},
		},
	}
}

// engineJob brings redis-server into a docker engine. The engine's own time is
// that of unpacking an uncompressed archive which lies ready.
func engineJob() job {
	return job{
		name: "redis-server into a docker engine",
		ways: []way{
			{"the engine alone: docker load of a plain archive", []string{"docker engine", "$PLAIN"}, `docker rmi -f $BENCH:engine >/dev/null 2>&1 || true; docker load -q -i $PLAIN >/dev/null`},
			{"mkrootfs --load", []string{"docker engine", "redis-server"}, `docker rmi -f $BENCH:load >/dev/null 2>&1 || true; $TOOL -q redis-server -t $BENCH:load --load >/dev/null`},
			{"ldd + cp + tar + docker import", []string{"docker engine", "redis-server"}, byHand + `docker rmi -f $BENCH:import >/dev/null 2>&1 || true
closure redis-server; tar -C root -c . | docker import - $BENCH:import >/dev/null`},
			{"ldd + cp + tar czf + docker build", []string{"docker engine", "redis-server"}, byHand + `docker rmi -f $BENCH:build >/dev/null 2>&1 || true
closure redis-server; tar -C root -czf rootfs.tar.gz .; rm -r root; printf 'FROM scratch\nADD rootfs.tar.gz /\nCMD ["redis-server"]\n' > Dockerfile
docker build -q --no-cache --label mkrootfs.test=$MKROOTFS_TEST_RUN -t $BENCH:build . >/dev/null`},
			{"docker rmi and nothing else", []string{"docker engine"}, `docker rmi -f $BENCH:none >/dev/null 2>&1 || true`},
		},
	}
}

// furtherJob shows what a second and a third output of one packing cost.
func furtherJob() job {
	return job{
		name: "further outputs of one packing (the largest program here)",
		ways: []way{
			{"rootfs.tar.gz", []string{"$BIG"}, `$TOOL -q $BIG -o r.tar.gz >/dev/null`},
			{"and a docker archive", []string{"$BIG"}, `$TOOL -q $BIG -o r.tar.gz -o d.tar >/dev/null`},
			{"and an OCI archive", []string{"$BIG"}, `$TOOL -q $BIG -o r.tar.gz -o d.tar -o o.oci.tar >/dev/null`},
			{"and an OCI layout", []string{"$BIG"}, `$TOOL -q $BIG -o r.tar.gz -o d.tar -o o.oci.tar -o type=oci-dir,dest=l >/dev/null`},
		},
	}
}
