// The stage of texts: what it counts, the sizes it knows, what it marks.

import assert from "node:assert/strict";
import { test } from "node:test";

import "./setup.js";

const { marked, step, tile, words } = await import("../../static/desk/stage/text.js");

test("words are counted by blanks, and letters where a script has none", () => {
  assert.equal(words("  two words\n"), 2);
  assert.equal(words("今日はいい天気"), 7);
  assert.equal(words(""), 0);
});

test("sizes end at the smallest and the largest", () => {
  assert.equal(step(100, 1), 115);
  assert.equal(step(80, -1), 80);
  assert.equal(step(220, 1), 220);
  assert.equal(step(77, 1), 115);
});

test("marks part a text and lose nothing of it", () => {
  const parts = [
    { from: 2, to: 5, class: 7 },
    { from: 4, to: 6, class: 8 },
    { from: 6, to: 9, class: 8 },
    { from: 9, to: 99, class: 8 },
  ];
  const made = marked("a bcd efg h", parts, (id) => `c${id}`);
  assert.equal(made.map((node) => node.textContent ?? node).join(""), "a bcd efg h");
  const marks = made.filter((node) => node.className);
  assert.deepEqual(
    marks.map((mark) => [mark.textContent, mark.className]),
    [
      ["bcd", "desk-mark c7"],
      ["efg", "desk-mark c8"],
    ],
  );
});

test("a tile holds a text's first words", () => {
  const made = tile({ view: { excerpt: "first words" } }, "sample 1", { shown() {}, missing() {} });
  assert.equal(made.textContent, "first words");
});
