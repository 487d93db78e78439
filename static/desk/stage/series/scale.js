// The arithmetic of a chart: ticks, what is seen of a line, and how values and moments are written. Knows no page.

import { MARK, number } from "../../texts.js";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
/** Steps between ticks of dates, in seconds; beyond them round numbers of days. */
const STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
];

/** The round number (1, 2 or 5 times a power of ten) that is `least` or the next above it. */
export function round(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const lead = [1, 2, 5, 10].find((lead) => lead * power >= least * (1 - 1e-9));
  return lead * power;
}

/** At most `most` round numbers from `low` to `high`, and the step between them. */
export function ticks(low, high, most) {
  if (!(high > low)) return { at: [low], step: 0 };
  let step = round((high - low) / Math.max(1, most));
  if (Math.floor(high / step) - Math.ceil(low / step) + 1 > most) step = round(step * 1.01);
  return { at: every(low, high, step), step };
}

/** As `ticks`, for seconds since 1970. */
export function dates(low, high, most) {
  if (!(high > low)) return { at: [low], step: 0 };
  const least = (high - low) / Math.max(1, most);
  if (least <= 1) return ticks(low, high, most);
  const fits = (step) => Math.floor(high / step) - Math.ceil(low / step) + 1 <= most;
  let step = STEPS.find((step) => step >= least && fits(step));
  for (let days = round(Math.max(1, least / DAY)); !step; days = round(days * 1.01))
    if (fits(days * DAY)) step = days * DAY;
  return { at: every(low, high, step), step };
}

function every(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Whole multiples, so that no rounding adds up.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

/** A value as it is read off, at five digits. */
export function value(of) {
  if (of === null || of === undefined) return null;
  const size = Math.abs(of);
  if (size !== 0 && (size >= 1e7 || size < 1e-4))
    return Number(of.toPrecision(5)).toExponential().replace("e+", "e").replace(".", MARK);
  return number(Number(of.toPrecision(5)));
}

/** A tick's value, with the digits that its step needs. */
export function tick(of, step) {
  const size = Math.max(Math.abs(of), step);
  if (size >= 1e7 || (step > 0 && step < 1e-5)) return value(of);
  const digits = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 2;
  return number(
    Number(of.toFixed(digits))
      .toFixed(digits)
      .replace(/^-(0(\.0*)?)$/, "$1"),
  );
}

/** A moment in UTC, as finely as ticks `step` seconds apart need. */
export function moment(seconds, step) {
  const whole = new Date(Math.round(seconds * 1000)).toISOString();
  const [day, clock] = [whole.slice(0, 10), whole.slice(11)];
  if (step >= DAY) return day;
  if (step >= MINUTE) return clock.slice(0, 5);
  return step >= 1 ? clock.slice(0, 8) : clock.slice(0, 12);
}

/** A moment with its day. */
export function whole(seconds) {
  const text = new Date(Math.round(seconds * 1000)).toISOString();
  const clock = text
    .slice(11, 23)
    .replace(/\.000$/, "")
    .replace(/:00$/, "");
  return `${text.slice(0, 10)} ${clock}`;
}

/** The index of the entry of rising `at` that is nearest to `place`. */
export function nearest(at, place) {
  const right = first(at, place);
  if (right === 0) return 0;
  if (right === at.length) return at.length - 1;
  return place - at[right - 1] <= at[right] - place ? right - 1 : right;
}

/** The index of the first entry of rising `at` that is not below `place`; its length where there is none. */
export function first(at, place) {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle] < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The line of `values` at `at`, as the `d` of a path: what lies between `from` and `to` and the point before and behind. Of points in one
 * column of pixels the first, the least, the largest and the last are drawn. Gaps stay open; a lonely point is a dot.
 *
 * @param {number[]} at
 * @param {(number | null)[]} values
 * @param {[number, number]} seen
 * @param {(place: number) => number} x
 * @param {(value: number) => number} y
 */
export function line(at, values, [from, to], x, y) {
  const begin = Math.max(0, first(at, from) - 1);
  const end = Math.min(at.length, first(at, to) + 2);
  const near = (pixel) => Math.round(pixel * 10) / 10;
  let [path, down] = ["", false];
  for (let i = begin; i < end;) {
    if (values[i] === null) {
      down = false;
      i++;
      continue;
    }
    const column = Math.floor(x(at[i]));
    let [least, largest, last] = [i, i, i];
    while (last + 1 < end && values[last + 1] !== null && Math.floor(x(at[last + 1])) === column) {
      last++;
      if (values[last] < values[least]) least = last;
      if (values[last] > values[largest]) largest = last;
    }
    const corners = [...new Set([i, least, largest, last])].sort((a, b) => a - b);
    const alone = !down && corners.length === 1 && (last + 1 === end || values[last + 1] === null);
    for (const corner of corners) {
      path += `${down ? "L" : "M"}${near(x(at[corner]))} ${near(y(values[corner]))}`;
      down = true;
    }
    if (alone) path += "h.1";
    i = last + 1;
  }
  return path;
}

/** A range that a line fits into with a little air; around a single value one of its own. */
export function room(low, high) {
  if (low === null || high === null || low === undefined) return [0, 1];
  if (low === high) {
    const half = Math.abs(low) > 0 ? Math.abs(low) / 10 : 1;
    return [low - half, low + half];
  }
  const air = (high - low) / 20;
  return [low - air, high + air];
}
