#!/usr/bin/env bash
# Write src/querist_client/_types.py, the types of what the API takes and gives, from its description.
#
#   clients/python/generate.sh openapi.json      # by `querist openapi > openapi.json`
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
setup=$here/../../.setup
export PYTHONPATH=$setup/client:$setup/python${PYTHONPATH:+:$PYTHONPATH}
out=$here/src/querist_client/_types.py
new=$(mktemp "$out.XXXXXX")
trap 'rm -f "$new"' EXIT
python3 -m datamodel_code_generator --input "$1" --input-file-type openapi --output "$new" --output-model-type typing.TypedDict \
  --target-python-version 3.10 --use-union-operator --disable-timestamp --use-schema-description --enum-field-as-literal all \
  --formatters builtin
mv "$new" "$out"
