#!/usr/bin/env bash
# The tables of docs/label-efficiency.md: every rule on every data set, selection alone and the whole system.
#
#   benches/peers/efficiency.sh ARRAYS OUT [SEEDS]
#
# ARRAYS holds one folder per data set with {pool,pool_y,test,test_y}.npy, as `querist simulate DATA --keep-arrays` and
# benches/peers/variants.py write them. Hours on one core; goes on where it was cut off. Python with
# benches/peers/requirements.txt, and a release build.
set -euo pipefail
arrays=$1 out=$2 seeds=${3:-20}
here=$(dirname "$0")
querist=${QUERIST:-target/release/querist}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1
cheap="random skactiveml:margin skactiveml:entropy skactiveml:badge skactiveml:badge-unit skactiveml:maxherding
  skactiveml:coreset skactiveml:probcover skactiveml:falcun skactiveml:typiclust"
for data in "$arrays"/*/; do
    name=$(basename "$data")
    case $name in
        pollen-bees*) shape="--initial 10 --batch 10 --budget 220" ;;
        *) shape="--initial 20 --batch 20 --budget 420" ;;
    esac
    # shellcheck disable=SC2086
    {
        python "$here/efficiency.py" --data "$data" --out "$out/peers" --querist "$querist" --seeds "$seeds" --minutes 60 \
            $shape --strategies $cheap querist:auto
        "$querist" simulate --embeddings "$data/pool.npy" --labels "$data/pool_y.npy" --test-embeddings "$data/test.npy" \
            --test-labels "$data/test_y.npy" --strategy auto $shape --seeds 5 --out "$out/whole/$name"
    }
done
# The rules that cost minutes a run, on the small sets.
python "$here/efficiency.py" --data "$arrays"/digits "$arrays"/clothing-small-mnv2 --out "$out/peers" --seeds "$seeds"
python "$here/report.py" "$out/peers" --markdown
python "$here/whole.py" "$out/peers" "$out/whole"
