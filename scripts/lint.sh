#!/usr/bin/env bash
# Check what pages are made of: the format of templates, styles and scripts, and the types of scripts.
#
#   scripts/lint.sh           report what is wrong
#   scripts/lint.sh --write   fix the format
set -uo pipefail
cd "$(dirname "$0")/.."

templates=.setup/python/bin/djangofmt
plain=(static tests/js scripts/screenshots.mjs package.json tsconfig.json .prettierrc.json)
if [ ! -x "$templates" ] || [ ! -x node_modules/.bin/tsc ]; then
  echo "lint: the tools are not here; run \`make setup\`" >&2
  exit 1
fi

status=0
if [ "${1:-}" = --write ]; then
  node_modules/.bin/prettier --log-level warn --write "${plain[@]}" || status=1
  "$templates" --profile jinja --indent-width 2 templates || status=1
else
  node_modules/.bin/prettier --log-level warn --check "${plain[@]}" || status=1
  "$templates" --profile jinja --indent-width 2 --check templates || status=1
  node_modules/.bin/tsc || status=1
fi
exit "$status"
