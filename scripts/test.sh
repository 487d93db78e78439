#!/usr/bin/env bash
# Run every test and end with one line: `N passed, N failed, N skipped`, summed over all test programs and the scripts' tests.
#
#   scripts/test.sh [arguments of cargo test]
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
export INSTA_UPDATE=${INSTA_UPDATE:-no}
export QUERIST_TEST_SKIPS="$log.skips"
: > "$QUERIST_TEST_SKIPS"
trap 'rm -f "$log" "$QUERIST_TEST_SKIPS"' EXIT

npm test --silent 2>&1 | tee "$log"
scripts=${PIPESTATUS[0]}
scripts/postgres.sh cargo test --no-fail-fast "$@" 2>&1 | tee -a "$log"
status=${PIPESTATUS[0]}
[ "$status" -ne 0 ] || status=$scripts

sort "$QUERIST_TEST_SKIPS" | uniq -c | sed 's/^ */skipped /' >&2
# A test that skips itself counts as passed for cargo; take it from one column and add it to the other.
# Where the tests did not even build, or a test program died, no result line says so: the status does.
awk -v skips="$(wc -l < "$QUERIST_TEST_SKIPS")" -v status="$status" '
  /^test result: / { passed += $4; failed += $6; ignored += $8 }
  /^# pass [0-9]+$/ { passed += $3 }
  /^# (fail|cancelled) [0-9]+$/ { failed += $3 }
  /^# (skipped|todo) [0-9]+$/ { ignored += $3 }
  END { if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed, %d skipped\n", passed - skips, failed, ignored + skips }' "$log"
exit "$status"
