#!/usr/bin/env bash
# build.sh: builds the trees beside it from src. The files that are committed were built
# on Debian 12 for amd64 with
#
#   gcc-12, g++-12             12.2.0
#   gcc-12-aarch64-linux-gnu   12.2.0, libc6-dev-arm64-cross 2.36
#   gcc-12-powerpc-linux-gnu   12.2.0, libc6-dev-powerpc-cross 2.36
#   libc6-dev 2.36, musl-tools 1.2.3, binutils 2.40
#   go 1.26.8, rustc 1.95.0 (any that are in PATH)
#
# Debian's cross compilers conflict with gcc-multilib: installing them removes it. The C
# libraries, their loaders and the C++ library are stubs: real ones are too large.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
src=$PWD/src
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf amd64 musl arm64 powerpc
export SOURCE_DATE_EPOCH=0

# No padding between the segments, and no data for debuggers.
small=(-Os -s -fno-asynchronous-unwind-tables -Wl,-z,noseparate-code -Wl,-z,max-page-size=4096 -Wl,--build-id=none)

# library CC OUT [OPTION...]: a shared library whose soname is its file name.
library() {
  local cc=$1 out=$2; shift 2
  mkdir -p "$(dirname "$out")"
  "$cc" "${small[@]}" -shared -fPIC -nostdlib -Xlinker -soname="$(basename "$out")" -o "$out" "$@"
}

# stub CC OUT VERSION...: a library that defines versions and has no code.
stub() {
  local cc=$1 out=$2; shift 2
  printf '%s { };\n' "$@" >"$work/versions"
  library "$cc" "$out" -Wl,--version-script="$work/versions" "$src/empty.c"
}

# loader CC OUT DIRECTORY...: a stub of a loader with default directories.
loader() {
  local cc=$1 out=$2 dirs; shift 2
  dirs=$(printf '%s\\0' "$@")
  library "$cc" "$out" "-DDIRS=\"${dirs%\\0}\"" "$src/loader.c"
}

# debian CC TREE TRIPLET LOADER VERSION...: the loader and the C library of a Debian
# system; VERSION... are the first versions of the C library on that machine.
debian() {
  local lib=$2/lib/$3
  loader "$1" "$2$4" "/lib/$3/" "/usr/lib/$3/" /lib/ /usr/lib/
  stub "$1" "$lib/libc.so.6" "${@:5}" GLIBC_2.4 GLIBC_2.14 GLIBC_2.28 GLIBC_2.33 GLIBC_2.34
}

amd64() {
  local bin=amd64/usr/bin lib=amd64/usr/lib/x86_64-linux-gnu
  mkdir -p $bin $lib
  debian gcc-12 amd64 x86_64-linux-gnu /lib64/ld-linux-x86-64.so.2 GLIBC_2.2.5 GLIBC_2.17
  stub gcc-12 $lib/libgcc_s.so.1 GCC_3.0 GCC_3.3
  stub gcc-12 $lib/libstdc++.so.6 GLIBCXX_3.4 GLIBCXX_3.4.9 GLIBCXX_3.4.21 CXXABI_1.3

  gcc-12 -O2 -o $bin/glibc "$src/program.c" # as most programs are built
  gcc-12 "${small[@]}" -fno-stack-protector -static -nostartfiles -o $bin/glibc-static "$src/bare.c"
  gcc-12 "${small[@]}" -fno-stack-protector -static-pie -fPIE -nostartfiles -o $bin/glibc-static-pie "$src/bare.c"
  g++-12 "${small[@]}" -o $bin/cxx "$src/program.cc"
  rustc --edition 2021 -C opt-level=z -C panic=abort -C lto -C strip=symbols -C linker=gcc-12 \
    -C link-arg=-Wl,--build-id=none -o $bin/rust "$src/program.rs"
  go_shared $bin/go-shared

  # DT_RPATH of the program applies to the libraries that its libraries need, DT_RUNPATH does
  # not.
  local tag
  for tag in rpath runpath; do
    local top=amd64/opt/$tag dtags=--enable-new-dtags
    [ $tag = runpath ] || dtags=--disable-new-dtags
    mkdir -p $top/bin
    library gcc-12 $top/lib/libinner.so "$src/inner.c"
    library gcc-12 $top/lib/libouter.so "$src/outer.c" $top/lib/libinner.so
    # shellcheck disable=SC2016 # the loader expands $ORIGIN
    gcc-12 "${small[@]}" -Wl,$dtags,-rpath,'$ORIGIN/../lib',--allow-shlib-undefined \
      -o $top/bin/user "$src/user.c" $top/lib/libouter.so
  done

  printf 'VERS_1 { old; };\nVERS_2 { new; };\n' >"$work/two"
  printf 'VERS_1 { old; };\n' >"$work/one"
  library gcc-12 "$work/libversioned.so.1" -Wl,--version-script="$work/two" "$src/version2.c"
  library gcc-12 $lib/libversioned.so.1 -Wl,--version-script="$work/one" "$src/version1.c"
  gcc-12 "${small[@]}" -o $bin/versioned "$src/versioned.c" "$work/libversioned.so.1"

  gcc-12 "${small[@]}" -o $bin/dlopen "$src/dlopen.c"
  library gcc-12 $lib/libinner.so.1 "$src/inner.c"
}

# go_shared OUT: a Go program linked with the runtime as a shared library. A static Go
# program is larger than all files here together; the test builds one.
go_shared() {
  local root; root=$(go env GOROOT)
  cp -r "$root" "$work/go"
  export GOCACHE=$work/gocache GOFLAGS= CGO_ENABLED=1 CC=gcc-12
  (cd "$work" && GOROOT=$work/go go/bin/go install -trimpath -buildmode=shared runtime sync/atomic) 2>/dev/null
  cp "$src/program.go" "$work"
  (cd "$work" && GOROOT=$work/go go/bin/go build -trimpath -linkshared -o shared \
    -ldflags='-s -w -buildid=shared -r /usr/lib/go -extldflags=-Wl,--build-id=none' program.go)
  cp "$work/shared" "$1"
  library gcc-12 'amd64/usr/lib/go/libruntime,sync-atomic.so' "$src/empty.c"
}

musl() {
  local bin=musl/usr/bin
  mkdir -p $bin
  loader gcc-12 musl/lib/ld-musl-x86_64.so.1 /lib:/usr/local/lib:/usr/lib
  ln -s ld-musl-x86_64.so.1 musl/lib/libc.musl-x86_64.so.1
  library gcc-12 musl/usr/lib/libinner.so "$src/inner.c"
  library gcc-12 musl/usr/lib/libouter.so "$src/outer.c" musl/usr/lib/libinner.so
  musl-gcc "${small[@]}" -o $bin/musl "$src/user.c" musl/usr/lib/libouter.so -Wl,--allow-shlib-undefined
  musl-gcc "${small[@]}" -static -o $bin/musl-static "$src/program.c"
  # Debian has no rcrt1.o, the start file of static-PIE programs.
  musl-gcc "${small[@]}" -fPIE -nostartfiles -static -Wl,-pie,--no-dynamic-linker -o $bin/musl-static-pie "$src/bare.c"
}

arm64() {
  local cc=aarch64-linux-gnu-gcc-12
  debian $cc arm64 aarch64-linux-gnu /lib/ld-linux-aarch64.so.1 GLIBC_2.17
  mkdir -p arm64/usr/bin
  $cc "${small[@]}" -o arm64/usr/bin/arm64 "$src/program.c"
}

powerpc() {
  local cc=powerpc-linux-gnu-gcc-12
  debian $cc powerpc powerpc-linux-gnu /lib/ld.so.1 GLIBC_2.0 GLIBC_2.1.3 GLIBC_2.17
  mkdir -p powerpc/usr/bin
  $cc "${small[@]}" -o powerpc/usr/bin/powerpc "$src/program.c"
}

amd64
musl
arm64
powerpc
find amd64 musl arm64 powerpc -type f -exec chmod 755 {} +
find . -type f -printf '%s\n' | awk '{ bytes += $1 } END { print bytes, "bytes" }'
