import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Outbox } from "../../static/desk/outbox.js";

const answer = (id, sample, lease) => ({ id, kind: "answer", body: { sample, lease } });
const ids = (outbox) => [...outbox].map((item) => item.id);

let counts;
const open = (prefix = "querist.outbox.birds.1.") => new Outbox(prefix, (n) => counts.push(n));

beforeEach(() => {
  localStorage.clear();
  counts = [];
});

test("what waits outlives a reload, in the order in which it was said", () => {
  const outbox = open();
  for (let i = 0; i < 20; i++) outbox.put(answer(`b${19 - i}`, i, "l"));
  assert.deepEqual(ids(open()), ids(outbox));
  assert.equal(open().first.id, "b19");
  assert.deepEqual(
    counts.slice(0, 20),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

test("what is sent is gone for good", () => {
  const outbox = open();
  outbox.put(answer("a", 1, "l"));
  outbox.put(answer("b", 2, "l"));
  assert.equal(outbox.shift().id, "a");
  assert.deepEqual([ids(outbox), ids(open())], [["b"], ["b"]]);
  assert.deepEqual(counts, [1, 2, 1]);
});

test("somebody else's and another project's answers stay theirs", () => {
  open().put(answer("a", 1, "l"));
  assert.equal(open("querist.outbox.birds.2.").length, 0);
  assert.equal(open("querist.outbox.fish.1.").length, 0);
});

test("an answer that waits for its lease gets it once, and keeps it", () => {
  const outbox = open();
  outbox.put(answer("a", 1, undefined));
  outbox.put(answer("b", 1, "old"));
  outbox.put(answer("c", 2, undefined));
  outbox.lease(1, "new");
  assert.deepEqual(
    [...open()].map((item) => item.body.lease),
    ["new", "old", undefined],
  );
});

test("what waits for a lease that never comes is withdrawn, and nothing else", () => {
  const outbox = open();
  outbox.put(answer("a", 1, undefined));
  outbox.put(answer("b", 1, "held"));
  outbox.put({ id: "c", kind: "undo", body: { sample: 1 } });
  assert.equal(outbox.withdraw(1), 1);
  assert.deepEqual(
    [ids(outbox), ids(open())],
    [
      ["b", "c"],
      ["b", "c"],
    ],
  );
});

test("a full storage costs the reload and not the answer", () => {
  const outbox = open();
  localStorage.full = true;
  outbox.put(answer("a", 1, "l"));
  assert.deepEqual(ids(outbox), ["a"]);
  assert.ok(outbox.answers(1) && !outbox.answers(2));
});

test("an answer kept by the first version of the page is read", () => {
  localStorage.setItem("querist.outbox.birds.1.x", JSON.stringify({ id: "x", at: 5, sample: 3, lease: "l", class: 2 }));
  assert.deepEqual(open().first, {
    id: "x",
    at: 5,
    kind: "answer",
    body: { id: "x", sample: 3, lease: "l", class: 2 },
  });
});
