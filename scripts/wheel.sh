#!/usr/bin/env bash
# Build the program as a wheel for pip into dist/, and try it in a clean virtual environment.
#
#   scripts/wheel.sh [arguments of maturin build]      # scripts/wheel.sh --profile dev: quicker to build, slower to run
#
# `make setup-run` fetched the front-end packages before. Needs python3 with venv.
set -euo pipefail
cd "$(dirname "$0")/.."

maturin=.setup/maturin wanted="maturin==1.16.0"
if [ "$(cat "$maturin/version" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$maturin"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --target "$maturin" "$wanted"
  echo "$wanted" > "$maturin/version"
fi

case " $* " in *" --profile "*) profile=() ;; *) profile=(--release) ;; esac
rm -f dist/querist-*.whl
"$maturin/bin/maturin" build "${profile[@]}" --out dist "$@"
wheel=$(ls "$PWD"/dist/querist-*.whl)

# Far from this repository, where no library lies about, and without the variables that name one.
try=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$try"
}
trap finish EXIT
unset QUERIST_ONNXRUNTIME LD_LIBRARY_PATH PYTHONPATH
cd "$try"
python3 -m venv environment
environment/bin/python -m pip install --quiet --disable-pip-version-check "$wheel"
querist=$try/environment/bin/querist
"$querist" --version
"$querist" doctor --data data | tee doctor
grep -q "onnxruntime/capi" doctor || { echo "wheel: the library of the package is not used" >&2; exit 1; }
"$querist" demo --pictures 60 --listen 127.0.0.1:0 --data demo 2>log &
server=$!
for _ in $(seq 600); do
  url=$(sed -n 's/.*listening on //p' log)
  if [ -n "$url" ]; then break; fi
  kill -0 "$server" || { cat log >&2; exit 1; }
  sleep 0.1
done
python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "$url/healthz" || { cat log >&2; exit 1; }
echo "wheel: $wheel works"
