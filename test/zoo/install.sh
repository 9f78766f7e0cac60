#!/usr/bin/env bash
# install.sh installs the Debian packages of all programs of the zoo. Services are not started.
set -euo pipefail
cd "$(dirname "$0")"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "zoo: this needs root and apt-get, on Debian 12: it installs the packages of packages.txt and more-packages.txt" >&2
  exit 1
fi
missing=()
for p in $(cat packages.txt more-packages.txt); do
  dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "zoo: apt-get install of ${#missing[@]} packages" >&2
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
  trap 'rm -f $policy' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
