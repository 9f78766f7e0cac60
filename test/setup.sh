#!/usr/bin/env bash
# setup.sh installs the programs that the end-to-end tests pack, if it can.
#
# With MKROOTFS_E2E=1 (CI) a test fails if its program is missing. Otherwise the test says
# what is missing and is skipped.
set -u
lacks() { ! command -v "$1" >/dev/null 2>&1; }

packages=()
lacks redis-server && packages+=(redis-server)
[ ${#packages[@]} = 0 ] && exit 0

sudo=
[ "$(id -u)" = 0 ] || sudo="sudo -n"
if lacks apt-get; then
  echo "setup: to run all tests, install ${packages[*]} with the package manager of this system" >&2
  exit 0
fi
if [ -n "$sudo" ] && { lacks sudo || ! $sudo true 2>/dev/null; }; then
  echo "setup: apt-get needs root; to run all tests, run 'sudo apt-get install ${packages[*]}'" >&2
  exit 0
fi
echo "setup: apt-get install ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# The service of an installed package must not start: only its program is needed.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod +x $policy
  trap '$sudo rm -f $policy' EXIT
fi
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 ||
  { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; } ||
  { echo "setup: ${packages[*]} could not be installed" >&2; [ "${MKROOTFS_E2E:-}" = 1 ] && exit 1; }
exit 0
