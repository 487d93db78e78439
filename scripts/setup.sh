#!/usr/bin/env bash
# Fetch what the build and the program need and the repository does not contain. Quick when everything is there.
#
#   scripts/setup.sh run      ONNX Runtime's library and the front-end packages
#   scripts/setup.sh tests    the same, what checks scripts and templates, Chromium and PostgreSQL from the system's packages,
#                             and Python packages for tests
#
# ONNXRUNTIME=onnxruntime-gpu takes the build with CUDA; NAME==VERSION takes another version, for builds that come later than
# the others (onnxruntime-openvino==1.24.1).
set -euo pipefail
cd "$(dirname "$0")/.."

for=${1:-run}
runtime=${ONNXRUNTIME:-onnxruntime}
case $runtime in
  *==*) version=${runtime##*==} runtime=${runtime%%==*} ;;
  *) version=1.31.1 ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# Report everything that is missing at once, before anything is fetched.
check_tools() {
  local missing=()
  command -v cargo >/dev/null || missing+=("cargo: install Rust 1.95 or newer with rustup (https://rustup.rs)")
  if ! command -v cc >/dev/null; then missing+=("cc: apt install gcc libc6-dev")
  elif ! echo 'int main(void){return 0;}' | cc -x c -o /dev/null - 2>/dev/null; then missing+=("the C library's headers: apt install libc6-dev"); fi
  if ! have_packages; then command -v npm >/dev/null || missing+=("npm: apt install --no-install-recommends npm (Debian's package nodejs does not contain it)"); fi
  if ! have_onnxruntime; then
    if ! python3 -m pip --version >/dev/null 2>&1; then
      missing+=("python3 with pip, to fetch ONNX Runtime: apt install python3-pip; or put libonnxruntime.so into .setup/onnxruntime yourself")
    elif [ "$(python3 -c 'import pip; print(int(pip.__version__.split(".")[0]) * 100 + int(pip.__version__.split(".")[1]))' 2>/dev/null || echo 0)" -lt 2003 ]; then
      missing+=("pip 20.3 or newer, this one finds no package for this system: python3 -m pip install --upgrade pip")
    fi
  fi
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  for what in "${missing[@]}"; do say "missing: $what"; done
  stop "install what is missing and run this again"
}

# Ours of the right version, or one installed manually, which has no version file beside it.
have_onnxruntime() {
  local into=.setup/onnxruntime
  ls "$into"/*onnxruntime.* >/dev/null 2>&1 || return 1
  [ ! -f "$into/version" ] || [ "$(cat "$into/version")" = "$runtime $version" ]
}

onnxruntime() {
  local into=.setup/onnxruntime stamp="$runtime $version"
  if have_onnxruntime; then return; fi
  say "ONNX Runtime $version ($runtime)"
  local wheels
  wheels=$(mktemp -d)
  local pip=(python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$wheels")
  # The library inside does not depend on Python: if this Python is too old or too new for a wheel, another version's
  # wheel works too.
  "${pip[@]}" "$runtime==$version" ||
    "${pip[@]}" --implementation cp --python-version 3.12 "$runtime==$version" ||
    stop "ONNX Runtime could not be downloaded; check the network and run this again"
  rm -rf "$into.new"
  python3 - "$wheels" "$into.new" <<'PYTHON'
import pathlib, sys, zipfile
wheels, into = map(pathlib.Path, sys.argv[1:])
into.mkdir(parents=True)
for wheel in wheels.glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            file = name.rsplit("/", 1)[-1]
            if "/capi/" in name and file.startswith(("libonnxruntime", "onnxruntime.dll", "onnxruntime_providers", "libopenvino", "libtbb")):
                (into / file).write_bytes(archive.read(name))
        for name in archive.namelist():
            if name.endswith(("/LICENSE", "ThirdPartyNotices.txt")):
                (into / name.rsplit("/", 1)[-1]).write_bytes(archive.read(name))
PYTHON
  rm -rf "$wheels"
  ls "$into.new" | grep -q onnxruntime || stop "the downloaded package holds no ONNX Runtime library for this system"
  echo "$stamp" > "$into.new/version"
  rm -rf "$into"
  mv "$into.new" "$into"
}

have_packages() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && [ -f node_modules/@fluent/bundle/esm/index.js ] &&
    { [ "$for" = run ] || [ -x node_modules/.bin/tsc ]; }
}

packages() {
  if have_packages; then return; fi
  say "front-end packages"
  local only=()
  if [ "$for" = run ]; then only=(--omit=dev); fi
  npm ci --no-fund --no-audit --loglevel=error "${only[@]}"
  touch node_modules/.package-lock.json
}

# What the Python programs of docs/model.md need, which a test runs, and the reference validator of OpenAPI with all that it
# needs, and the formatter of templates. They get a folder of their own; no program of ours needs it.
python_packages() {
  local into=.setup/python wanted="djangofmt==1.1.0 numpy==2.4.6 onnxruntime==$version pillow==12.0.0"
  wanted="$wanted openapi-spec-validator==0.9.0 openapi-schema-validator==0.9.0 jsonschema==4.26.0 jsonschema-path==0.5.0
    jsonschema-specifications==2025.9.1 referencing==0.37.0 rpds-py==2026.9.1 attrs==26.1.0 pathable==0.6.0 pyyaml==6.0.4
    lazy-object-proxy==1.13.0 rfc3339-validator==0.1.4 six==1.17.0 pydantic==2.14.4 pydantic-core==2.50.5
    pydantic-settings==2.16.3 python-dotenv==1.2.4 annotated-types==0.8.0 typing-extensions==4.16.0 typing-inspection==0.4.5"
  python_folder "$into" "$wanted" "Python packages for tests" \
    "The programs in docs/model.md and the description of the API will not be checked by them"
}

# What the Python client is tested with, and what reads and tries the description of the API. Some of it needs packages of the folder
# above; no program of ours needs it.
client_packages() {
  python_folder .setup/client "$(grep -v '^#' scripts/client-tests.txt)" "Python packages for tests of the client" \
    "The Python client will not be tested, and no client will be generated from the description of the API"
}

# What makes a TypeScript client from the description of the API, with a compiler of its own.
typescript_packages() {
  local into=.setup/typescript
  if cmp -s tests/clients/package-lock.json "$into/package-lock.json" && [ -x "$into/node_modules/.bin/tsc" ]; then return; fi
  say "front-end packages for a test of the API"
  rm -rf "$into"
  mkdir -p "$into"
  cp tests/clients/package.json tests/clients/package-lock.json "$into"
  if ! (cd "$into" && npm ci --no-fund --no-audit --loglevel=error); then
    rm -rf "$into"
    say "not installed: front-end packages for a test of the API. No TypeScript client will be made from its description"
  fi
}

# python_folder FOLDER PACKAGES WHAT OTHERWISE: fetch packages, all of them named, into a folder of their own.
python_folder() {
  local into=$1 wanted=$2
  if [ "$(cat "$into/version" 2>/dev/null)" = "$wanted" ]; then return; fi
  say "$3"
  rm -rf "$into.new"
  # shellcheck disable=SC2086 # words
  if ! python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --target "$into.new" $wanted; then
    rm -rf "$into.new"
    say "not installed: $3. $4; Python 3.11 or newer has them"
    return
  fi
  echo "$wanted" > "$into.new/version"
  rm -rf "$into"
  mv "$into.new" "$into"
}

# What other tools read exports with, for the test that reads every format back: 85 MB to fetch, 280 MB on disk. jsonpath-rw comes
# as source, of plain Python. What is removed is their tests, headers, and a network protocol.
python_readers() {
  local into=.setup/readers wanted="pandas==3.1.1 pyarrow==26.0.1 python-dateutil==4.0.0 datasets==5.2.0 dill==0.4.1
    filelock==4.3.1 fsspec==2026.9.0 multiprocess==0.70.19 xxhash==4.1.0 tqdm==4.70.1 packaging==26.4 huggingface-hub==2.4.0
    anyio==4.16.0 h11==0.16.0 httpcore2==2.16.2 httpx2==2.16.2 truststore==0.10.5 idna==3.20 pycocotools==2.0.11
    mlcroissant==1.1.1 absl-py==2.5.1 certifi==2026.10.19.post1 charset-normalizer==3.5.3 etils==1.15.0 jsonpath-rw==1.4.0
    ply==3.11 decorator==5.3.1 networkx==3.6.1 rdflib==7.6.0 pyparsing==3.3.3 requests==2.34.2 urllib3==2.8.0
    label-studio-sdk==2.1.2 faker==40.63.0 pyjwt==2.13.0 appdirs==1.4.4 jsf==0.11.2 lxml==6.1.3 rstr==3.2.2 smart-open==9.0.2
    wrapt==2.5.2 xmljson==0.2.1"
  if [ "$(cat "$into/version" 2>/dev/null)" = "$wanted" ]; then return; fi
  say "Python readers of exports, for tests"
  rm -rf "$into.new"
  # shellcheck disable=SC2086 # words
  if ! python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --no-binary=jsonpath-rw --target "$into.new" $wanted; then
    rm -rf "$into.new"
    say "not installed: Python readers of exports. Exports will not be read back by them; Python 3.11 or newer has them"
    return
  fi
  rm -rf "$into.new"/{pandas,pyarrow}/tests "$into.new"/pyarrow/include "$into.new"/pyarrow/*flight*
  echo "$wanted" > "$into.new/version"
  rm -rf "$into"
  mv "$into.new" "$into"
}

have_postgres() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

system_packages() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromedriver >/dev/null || missing+=(chromium-driver)
  have_postgres || missing+=(postgresql)
  command -v strace >/dev/null || missing+=(strace)
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "not installed: ${missing[*]}. Tests that need them will be skipped; install them with your package manager"
    return
  fi
  say "system packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# pip warns root of what it might break; here it writes only into our own folders.
export PIP_ROOT_USER_ACTION=ignore

mkdir -p .setup
# An image fetches in stages that hold no compiler.
if [ -z "${QUERIST_FETCH_ONLY:-}" ]; then check_tools; fi
onnxruntime
packages
case $for in
  run) ;;
  tests) system_packages; python_packages; python_readers; client_packages; typescript_packages ;;
  *) stop "unknown word \`$for\`; use run or tests" ;;
esac
