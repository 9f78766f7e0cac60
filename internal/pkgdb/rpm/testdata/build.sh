#!/usr/bin/env bash
# build.sh DIR: makes rpm databases with rpmbuild and rpm, and records what rpm says
# about them. The files beside this script were made by "build.sh ." with rpm 4.18.0 on
# Debian 12 (packages: rpm, python3) and packed by "gzip -9n".
#
#   rpmdb.sqlite      written by "rpm --install"
#   rpmdb.sqlite-wal  the log of later changes, which rpm left because another program had
#                     the database open: one package erased, one installed
#   rpmdb.txt         what "rpm --query" prints for rpmdb.sqlite
#   logged.txt        what it prints for rpmdb.sqlite with its log
set -euo pipefail
out=$(realpath "${1:?usage: build.sh DIR}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >fixture.spec <<'SPEC'
Name: fixture
Version: 1
Release: 1
Summary: Test data
License: None
# A package without files, like those that only require others.
%description
Test data.
%files
%prep
%build
%install
mkdir -p %{buildroot}/usr/lib64 %{buildroot}/usr/libexec %{buildroot}/usr/bin %{buildroot}/etc/pki/tls %{buildroot}/usr/share/many
echo library > %{buildroot}/usr/lib64/libssl.so.3.2.1
chmod 755 %{buildroot}/usr/lib64/libssl.so.3.2.1
ln -s libssl.so.3.2.1 %{buildroot}/usr/lib64/libssl.so.3
touch %{buildroot}/usr/lib64/left-out %{buildroot}/usr/libexec/README.odd %{buildroot}/etc/pki/tls/ghost.cnf
touch %{buildroot}/usr/bin/rpm %{buildroot}/usr/bin/logged
for i in $(seq -w 0 199); do touch %{buildroot}/usr/share/many/file-0$i; done

%package -n rpm
Summary: Test data
%description -n rpm
Test data.
%files -n rpm
/usr/bin/rpm

%package -n openssl-libs
Summary: Test data
Version: 3.2.1
Epoch: 1
Provides: libssl.so.3()(64bit), libssl.so.3(OPENSSL_3.0.0)(64bit)
Requires: virtual >= 1, /usr/bin/rpm, not-installed, fixture(x86-64)
%description -n openssl-libs
Test data.
%files -n openssl-libs
/usr/lib64/libssl.so.3
/usr/lib64/libssl.so.3.2.1
/usr/lib64/left-out
%dir /etc/pki/tls
%ghost /etc/pki/tls/ghost.cnf
%doc /usr/libexec/README.odd

%package -n many-files
Summary: Test data
Provides: virtual
%description -n many-files
Test data.
%files -n many-files
/usr/share/many/*

%package -n logged
Summary: Test data
Requires: libssl.so.3()(64bit), libssl.so.3(OPENSSL_3.0.0)(64bit), (small-01 or small-02 >= 1), (small-03 if small-04)
%description -n logged
Test data.
%files -n logged
/usr/bin/logged
SPEC
# gpg-pubkey is the name that rpm gives to trusted keys. The small packages make the
# table larger than one page.
for name in gpg-pubkey $(seq -f small-%02g 0 39); do
  printf '\n%%package -n %s\nSummary: Test data\n%%description -n %s\nTest data.\n%%files -n %s\n' "$name" "$name" "$name"
done >>fixture.spec

build() {
  rpmbuild --quiet -bb --target x86_64 --define "_topdir $work/top" --define 'debug_package %{nil}' \
    --define '_build_id_links none' --define '__os_install_post %{nil}' --define 'source_date_epoch_from_changelog 0' \
    --define '_rpmfilename %%{NAME}.rpm' fixture.spec
}
# Only root can chroot, which --root does; others are root of a user namespace.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else unshare --user --map-root-user "$@"; fi; }
change() { as_root rpm --root "$work/root" --dbpath /db --nodeps --force-debian "$@"; }
query() {
  rpm --dbpath "$work/root/db" --query --all --qf '%{NAME} %{ARCH}\n[  provides %{PROVIDENAME}\n][  requires %{REQUIRENAME}\n][  file %{FILEMODES:octal} %{FILEFLAGS} %{FILESTATES} %{FILENAMES}\n]'
}

build >build.log 2>&1 || { cat build.log >&2; exit 1; }
cd top/RPMS
mkdir "$work/root"
change --install --ignorearch --excludepath /usr/lib64/left-out rpm.rpm openssl-libs.rpm many-files.rpm fixture.rpm gpg-pubkey.rpm small-*.rpm
cp "$work/root/db/rpmdb.sqlite" "$out/rpmdb.sqlite"
query >"$out/rpmdb.txt"
# rpm empties the log when it ends, except for what another program's transaction needs.
python3 - "$work/root/db/rpmdb.sqlite" <<'PY' &
import os, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN")
db.execute("SELECT count(*) FROM Packages").fetchone()
open(sys.argv[1] + ".open", "w").close()
while os.path.exists(sys.argv[1] + ".open"):
    time.sleep(0.1)
PY
reader=$!
until [ -e "$work/root/db/rpmdb.sqlite.open" ]; do sleep 0.1; done
change --erase small-00
change --install --ignorearch logged.rpm
cmp "$work/root/db/rpmdb.sqlite" "$out/rpmdb.sqlite"
cp "$work/root/db/rpmdb.sqlite-wal" "$out/rpmdb.sqlite-wal"
query >"$out/logged.txt"
rm "$work/root/db/rpmdb.sqlite.open"
wait $reader
