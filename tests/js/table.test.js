// The stage of table rows: the order of columns, units, numbers, and where a value stands.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./setup.js";

const { fields, ordered, Seen, tile, withUnit, written } = await import("../../static/desk/stage/table.js");

test("columns keep their order, also where names are numbers", () => {
  const json = '{"b":1,"2":"a: \\"x\\":","1":null,"q\\"\\\\":true,"":"{}"}';
  assert.deepEqual(fields(json), [
    ["b", 1],
    ["2", 'a: "x":'],
    ["1", null],
    ['q"\\', true],
    ["", "{}"],
  ]);
});

test("a unit stands in brackets", () => {
  assert.deepEqual(withUnit("flow [m³/h]"), ["flow", "m³/h"]);
  assert.deepEqual(withUnit("flow"), ["flow", ""]);
  assert.deepEqual(withUnit("[x]"), ["[x]", ""]);
});

test("a value stands among those that were seen, once there are enough", () => {
  const seen = new Seen();
  for (let at = 0; at < 20; at++) {
    assert.equal(seen.share("a", 15), null);
    seen.add(at, [
      ["a", at],
      ["b", null],
      ["c", "x"],
    ]);
  }
  seen.add(3, [["a", 99]]);
  assert.equal(seen.share("a", 15), 0.75);
  assert.equal(seen.share("a", -1), 0);
  assert.equal(seen.share("b", 1), null);
  assert.equal(seen.share("c", "x"), null);
});

test("large numbers are grouped and truth values are words", () => {
  assert.equal(written(8420), "8420");
  assert.equal(written(1234567.5), "1\u202f234\u202f567.5");
  assert.equal(written(-41.8), "-41.8");
  assert.equal(written(1e300), "1e+300");
  assert.equal(written(true), "yes");
  assert.equal(written("=cmd"), "=cmd");
});

test("a tile holds a row's first values", () => {
  const made = tile({ view: { excerpt: "flow 41.8" } }, "sample 1", { shown() {}, missing() {} });
  assert.equal(made.textContent, "flow 41.8");
});

const record = [
  ["flow", 41.8],
  ["site", "north"],
  ["oil", null],
  ["on", true],
];

test("columns that speak for the opinion come first, the strongest before the others, with their class", () => {
  const parts = [
    { from: 1, to: 2, class: 7, gain: 0.1 },
    { from: 3, to: 4, class: 8, gain: 0.4 },
  ];
  const names = ordered(record, parts).map(([[name], speaks]) => [name, speaks]);
  assert.deepEqual(names, [
    ["on", 8],
    ["site", 7],
    ["flow", null],
    ["oil", null],
  ]);
});

test("without an opinion columns stay in the table's order", () => {
  assert.deepEqual(
    ordered(record, []).map(([field]) => field),
    record,
  );
});
