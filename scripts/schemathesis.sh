#!/usr/bin/env bash
# Try the API of a real server with what its own description allows, and with what it does not: no answer may be a failure of the server
# (5xx), or have a status or a body that the description does not name.
#
#   scripts/schemathesis.sh [EXAMPLES] [arguments of schemathesis]      # 20 examples for each call by default
#
# QUERIST_BIN names the program (target/debug/querist); `make setup` fetches schemathesis. Findings are printed; the exit code says
# whether there were any.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${QUERIST_BIN:-${CARGO_TARGET_DIR:-target}/debug/querist}
examples=${1:-20}
shift || true
export PYTHONPATH=$PWD/.setup/client:$PWD/.setup/python${PYTHONPATH:+:$PYTHONPATH}

data=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$data"
}
trap finish EXIT

q() { "$program" --data "$data/q" --threads 1 "$@"; }
q user add root --role admin >/dev/null
token=$(q token new --user root)
q project new garden --class leaf --class sky >/dev/null
mkdir "$data/pictures"
python3 - "$data/pictures" <<'PYTHON'
import random, sys
from PIL import Image
for i in range(30):
    draw = random.Random(i)
    picture = Image.new("RGB", (24, 20))
    picture.putdata([(draw.randrange(256) * (i % 2), draw.randrange(256), draw.randrange(256) * (1 - i % 2)) for _ in range(480)])
    picture.save(f"{sys.argv[1]}/{i}.png")
PYTHON
q import garden "$data/pictures" >/dev/null 2>&1

"$program" --data "$data/q" --threads 1 serve --listen 127.0.0.1:0 2>"$data/log" &
server=$!
for _ in $(seq 100); do
  url=$(sed -n 's/.*listening on //p' "$data/log")
  if [ -n "$url" ]; then break; fi
  sleep 0.1
done
[ -n "$url" ] || { cat "$data/log" >&2; exit 1; }
q openapi > "$data/openapi.json"

# What a description cannot say: slugs and numbers that are there, so that calls reach what they are about. The calls that could end the
# token itself are left out.
cat > "$data/schemathesis.toml" <<TOML
[parameters]
"path.slug" = "garden"
"path.id" = 1
"path.sample" = 1
"path.number" = 1
"path.job" = 1
"query.wait" = 0
TOML
status=0
(cd "$data" && python3 -m schemathesis.cli --config-file schemathesis.toml run openapi.json --url "$url" \
  --header "Authorization: Bearer $token" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --exclude-operation-id tokens_revoke --exclude-operation-id people_disabled_switch \
  --phases examples,coverage,fuzzing --max-examples "$examples" --seed 1 --request-timeout 40 --continue-on-failure \
  --suppress-health-check all --no-color "$@") || status=$?
kill -0 "$server" || { echo "the server is gone" >&2; cat "$data/log" >&2; status=1; }
exit "$status"
