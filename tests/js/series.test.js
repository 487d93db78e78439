import assert from "node:assert/strict";
import { test } from "node:test";

import {
  dates,
  first,
  line,
  moment,
  nearest,
  room,
  round,
  tick,
  ticks,
  value,
  whole,
} from "../../static/desk/stage/series/scale.js";

test("ticks are round numbers and never more than there is room for", () => {
  assert.deepEqual([0.3, 1, 1.1, 3, 7, 0.02].map(round), [0.5, 1, 2, 5, 10, 0.02]);
  assert.deepEqual(ticks(0, 6, 3).at, [0, 5]);
  assert.deepEqual(ticks(0, 6, 4), { at: [0, 2, 4, 6], step: 2 });
  assert.deepEqual(
    ticks(-0.1, 0.25, 4).at.map((at) => Number(at.toFixed(9))),
    [-0.1, 0, 0.1, 0.2],
  );
  assert.deepEqual(ticks(3, 3, 4), { at: [3], step: 0 });
  for (let i = 1; i < 400; i++) {
    const days = dates(i * 1e6, i * 1e6 + 1.7 ** (i % 40), 2 + (i % 9));
    assert.ok(days.at.length <= 2 + (i % 9), `${i}: ${days.at}`);
    const [low, high, most] = [Math.sin(i) * 50, Math.sin(i) * 50 + (i % 37) + 0.1, 1 + (i % 9)];
    const { at } = ticks(low, high, most);
    assert.ok(
      at.length <= most && at.every((at) => at >= low - 1e-6 && at <= high + 1e-6),
      `${low} ${high} ${most}: ${at}`,
    );
  }
});

test("ticks of dates are whole minutes, hours and days", () => {
  const at = Date.UTC(2026, 2, 1, 6) / 1000;
  const { at: half, step } = dates(at, at + 3600, 4);
  assert.deepEqual(
    half.map((time) => moment(time, step)),
    ["06:00", "06:30", "07:00"],
  );
  assert.equal(dates(at, at + 10, 21).step, 0.5);
  assert.equal(dates(at, at + 90 * 86400, 5).step, 20 * 86400);
  assert.deepEqual(
    [0.5, 1, 60, 86400].map((step) => moment(at, step)),
    ["06:00:00.000", "06:00:00", "06:00", "2026-03-01"],
  );
  assert.deepEqual([whole(at), whole(at + 1.25)], ["2026-03-01 06:00", "2026-03-01 06:00:01.250"]);
});

test("values are read off at five digits", () => {
  assert.deepEqual([1.23456789, 0, -2, 12345678, 0.00001, null].map(value), [
    "1.2346",
    "0",
    "-2",
    "1.2346e7",
    "1e-5",
    null,
  ]);
  assert.deepEqual([tick(0.1 + 0.2, 0.1), tick(-0.0001, 0.5), tick(5, 5), tick(2e9, 1e9)], ["0.3", "0.0", "5", "2e9"]);
});

test("the nearest point is found", () => {
  const at = [0, 1, 4, 4, 9];
  assert.deepEqual(
    [-5, 0.4, 0.6, 2, 6.4, 7, 99].map((place) => nearest(at, place)),
    [0, 0, 1, 1, 3, 4, 4],
  );
  assert.deepEqual([first(at, 4), first(at, 10)], [2, 5]);
});

test("a line keeps peaks, leaves gaps open, and dots what stands alone", () => {
  const x = (time) => time;
  const y = (of) => of;
  assert.equal(line([0, 1, 2], [5, 6, 7], [0, 2], x, y), "M0 5L1 6L2 7");
  assert.equal(line([0, 1, 2, 3, 4], [5, null, 7, null, 9], [0, 4], x, y), "M0 5h.1M2 7h.1M4 9h.1");
  assert.equal(line([0, 1, 2, 3], [5, 6, null, 7], [0, 3], x, y), "M0 5L1 6M3 7h.1");
  const at = Array.from({ length: 1000 }, (_, i) => i / 100);
  const values = at.map((_, i) => (i === 777 ? 99 : i % 3));
  const path = line(at, values, [0, 10], x, y);
  assert.ok(path.includes(" 99L") && path.split(/[ML]/).length <= 42, path);
  assert.equal(
    line([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [2.5, 2.6], x, y),
    "M2 2L3 3L4 4",
    "points beside the view are drawn on",
  );
});

test("a line has a little air, and a flat one a range of its own", () => {
  assert.deepEqual(room(0, 20), [-1, 21]);
  assert.deepEqual(
    [room(5, 5), room(0, 0), room(null, null)],
    [
      [4.5, 5.5],
      [-1, 1],
      [0, 1],
    ],
  );
});
