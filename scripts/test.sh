#!/usr/bin/env bash
# Run every test and end with one line: `N passed, N failed, N skipped`, summed over all test programs and the scripts' tests.
#
#   scripts/test.sh [arguments of cargo test]
#
# With cargo-nextest installed it runs the tests and says how long each took; doctests, which it cannot run, follow apart.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
export INSTA_UPDATE=${INSTA_UPDATE:-no}
export QUERIST_TEST_SKIPS="$log.skips"
: > "$QUERIST_TEST_SKIPS"
trap 'rm -f "$log" "$QUERIST_TEST_SKIPS"' EXIT

npm test --silent 2>&1 | tee "$log"
scripts=${PIPESTATUS[0]}
if command -v cargo-nextest >/dev/null; then
  scripts/postgres.sh cargo nextest run --no-fail-fast "$@" 2>&1 | tee -a "$log"
  status=${PIPESTATUS[0]}
  # A failed test's own output holds lines that look like results.
  results=$(grep -E '^( *Summary \[|# (pass|fail|cancelled|skipped|todo) [0-9]+$)' "$log")
  echo "$results" > "$log"
  # Arguments that choose tests choose no doctests.
  if [ -z "${*#--locked}" ]; then
    cargo test --doc "$@" 2>&1 | tee -a "$log"
    doctests=${PIPESTATUS[0]}
    [ "$status" -ne 0 ] || status=$doctests
  fi
else
  scripts/postgres.sh cargo test --no-fail-fast "$@" 2>&1 | tee -a "$log"
  status=${PIPESTATUS[0]}
fi
[ "$status" -ne 0 ] || status=$scripts

sort "$QUERIST_TEST_SKIPS" | uniq -c | sed 's/^ */skipped /' >&2
# A test that skips itself counts as passed for the runner; take it from one column and add it to the other.
# If the tests did not build, or a test program died, no result line says so: the exit status does.
awk -v skips="$(wc -l < "$QUERIST_TEST_SKIPS")" -v status="$status" '
  # cargo test: "test result: ok. 379 passed; 0 failed; 16 ignored; …"
  /^test result: / { passed += $4; failed += $6; ignored += $8 }
  # cargo nextest: "     Summary [  12.3s] 569/570 tests run: 568 passed (2 slow, 1 leaky), 1 failed, 1 timed out, 16 skipped"
  /^ *Summary \[/ {
    sub(/.* run: /, "")
    gsub(/\([^)]*\)/, "")
    count = split($0, parts, ",")
    for (i = 1; i <= count; i++) {
      split(parts[i], word, " ")
      if (word[2] == "passed") passed += word[1]
      else if (word[2] == "skipped") ignored += word[1]
      else failed += word[1]
    }
  }
  /^# pass [0-9]+$/ { passed += $3 }
  /^# (fail|cancelled) [0-9]+$/ { failed += $3 }
  /^# (skipped|todo) [0-9]+$/ { ignored += $3 }
  END { if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed, %d skipped\n", passed - skips, failed, ignored + skips }' "$log"
exit "$status"
