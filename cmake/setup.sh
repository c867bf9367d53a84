#!/bin/sh
# Installs the Debian packages that the build needs (packages.txt in this
# folder). If all are installed, it does nothing and needs no permissions.
set -eu

if ! command -v dpkg-query >/dev/null; then
  echo "set-up: not a Debian system: install what cmake/packages.txt lists and give make MLIR_DIR=..." >&2
  exit 1
fi

# shellcheck disable=SC2046,SC2086 # lists of packages
needed=$(cat "$(dirname "$0")/packages.txt")
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $needed 2>/dev/null |
  sed -n 's/ installed$//p')
missing=$(printf '%s\n' $needed | grep -v -x -F "$installed") || exit 0

if [ "$(id -u)" = 0 ]; then
  sudo=
elif command -v sudo >/dev/null; then
  sudo=sudo
else
  echo "set-up: neither root nor sudo: have an administrator install" $missing >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
$sudo apt-get install -q -y --no-install-recommends $missing
