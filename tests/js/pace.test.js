import assert from "node:assert/strict";
import { test } from "node:test";

import { pace } from "../../static/desk/pace.js";

const every = (seconds, n) => Array.from({ length: n }, (_, i) => i * seconds * 1000);

test("a few answers say nothing yet", () => {
  assert.equal(pace([]), null);
  assert.equal(pace(every(2, 5)), null);
  assert.equal(pace(every(2, 6)), 30);
});

test("a pause is nobody's business", () => {
  const before = every(2, 6);
  const after = before.map((time) => time + 3_600_000);
  assert.equal(pace([...before, ...after]), 30);
});

test("only the last answers count, and a clock that is set back does not", () => {
  const slow = every(60, 40);
  const quick = every(1, 31).map((time) => slow.at(-1) + 1000 + time);
  assert.equal(pace([...slow, ...quick]), 60);
  assert.equal(pace([...quick, ...every(1, 3)]), 60);
});
