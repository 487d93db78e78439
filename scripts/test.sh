#!/usr/bin/env bash
# Run every test and end with one line: `N passed, N failed, N skipped`, summed over all test programs.
#
#   scripts/test.sh [arguments of cargo test]
#
# With cargo-nextest installed it runs the tests and says how long each took; doctests, which it cannot run, follow apart.
set -uo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
export QUERIST_TEST_SKIPS="$log.skips"
: > "$QUERIST_TEST_SKIPS"
trap 'rm -f "$log" "$QUERIST_TEST_SKIPS"' EXIT

if command -v cargo-nextest >/dev/null; then
  scripts/postgres.sh cargo nextest run --no-fail-fast "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  # A failed test's own output holds lines that look like results.
  summary=$(grep -E '^ *Summary \[' "$log")
  echo "$summary" > "$log"
  # Arguments that choose tests choose no doctests.
  if [ -z "${*#--locked}" ]; then
    cargo test --doc "$@" 2>&1 | tee -a "$log"
    if [ "$status" = 0 ]; then status=${PIPESTATUS[0]}; fi
  fi
else
  scripts/postgres.sh cargo test --no-fail-fast "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
fi

sort "$QUERIST_TEST_SKIPS" | uniq -c | sed 's/^ */skipped /' >&2
# A test that skips itself counts as passed for the runner; take it from one column and add it to the other.
# Where the tests did not even build, or a test program died, no result line says so: the status does.
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
  END { if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed, %d skipped\n", passed - skips, failed, ignored + skips }' "$log"
exit "$status"
