#!/usr/bin/env bash
# Run every test and end with one line: `N passed, N failed, N skipped`, summed over all test programs.
#
#   scripts/test.sh [arguments of cargo test]
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
export QUERIST_TEST_SKIPS="$log.skips"
: > "$QUERIST_TEST_SKIPS"
trap 'rm -f "$log" "$QUERIST_TEST_SKIPS"' EXIT

scripts/postgres.sh cargo test --no-fail-fast "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

sort "$QUERIST_TEST_SKIPS" | uniq -c | sed 's/^ */skipped /' >&2
# A test that skips itself counts as passed for cargo; take it from one column and add it to the other.
# Where the tests did not even build, or a test program died, no result line says so: the status does.
awk -v skips="$(wc -l < "$QUERIST_TEST_SKIPS")" -v status="$status" '
  /^test result: / { passed += $4; failed += $6; ignored += $8 }
  END { if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed, %d skipped\n", passed - skips, failed, ignored + skips }' "$log"
exit "$status"
