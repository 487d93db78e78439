#!/usr/bin/env bash
# The benches of a round and their peer, one after another in one run.
#
#   PYTHON=python3 benches/peers/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 RAYON_NUM_THREADS=2

cargo bench --locked --bench fit --bench round --bench strategies
"${PYTHON:-python3}" benches/peers/round.py
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "${PYTHON:-python3}" benches/peers/fit.py
