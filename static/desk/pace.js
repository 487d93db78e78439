// How fast a person answers, for that person only: computed here and sent nowhere.

/** Longer gaps are pauses and do not count. */
const PAUSE_MS = 120_000;
/** The number of gaps that the pace is computed from, and the fewest needed. */
const LOOK_BACK = 30;
const FEWEST = 5;

/** Answers a minute over the last answers given at `times` (milliseconds, ascending); `null` when there are too few. */
export function pace(times) {
  const last = times.slice(-LOOK_BACK - 1);
  const gaps = last
    .slice(1)
    .map((time, i) => time - last[i])
    .filter((gap) => gap >= 0 && gap <= PAUSE_MS);
  if (gaps.length < FEWEST) return null;
  return 60_000 / (gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length);
}
