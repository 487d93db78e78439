#!/usr/bin/env bash
# Pack what `make install` installs into a tar that needs nothing else: dist/querist-VERSION-SYSTEM.tar.gz.
#
#   scripts/tar.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
program=$1
name=querist-$("$program" --version | cut -d' ' -f2)-$(uname -m)-$(uname -s | tr '[:upper:]' '[:lower:]')
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
make --no-print-directory --silent install PREFIX= DESTDIR="$folder/$name" PROGRAM="$program"
install -d "$folder/$name/packaging"
cp packaging/querist.service "$folder/$name/packaging/"
cp LICENSE README.md CHANGELOG.md "$folder/$name/"
mkdir -p dist
# The same files give the same bytes, whoever packs them.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" -C "$folder" -c "$name" | gzip -n > "dist/$name.tar.gz"
echo "dist/$name.tar.gz"
