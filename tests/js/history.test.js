import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { History } from "../../static/desk/history.js";
import { Element } from "./dom.js";

let desk, strip, past, told;

function button(id, name) {
  return new Element("button", { "data-class": id, "data-name": name }, [new Element("i", { class: `square c${id}` })]);
}

function open(entries = []) {
  return new History(desk, entries, {
    open: (entry, ago) => told.push(`open ${entry.id}, ${ago} back`),
    close: () => told.push("close"),
  });
}

const entry = (id, more) => ({
  id,
  sample: 1,
  view: null,
  class: 1,
  classes: null,
  skip: null,
  changed: false,
  ...more,
});
const shown = () => strip.children.map((item) => item.firstElementChild.dataset.answer);

beforeEach(() => {
  told = [];
  strip = new Element("ul", { "data-strip": "" });
  past = new Element("section", { "data-past": "", hidden: "" }, [strip]);
  desk = new Element("main", {}, [button(1, "wren"), button(2, "finch"), past]);
});

test("one goes back answer by answer, and forth again to the queue", () => {
  const history = open([entry("a"), entry("b")]);
  history.earlier();
  history.earlier();
  history.earlier();
  assert.equal(history.opened.id, "a");
  history.later();
  history.later();
  assert.equal(history.opened, null);
  history.later();
  history.close();
  assert.deepEqual(told, ["open b, 1 back", "open a, 2 back", "open b, 1 back", "close"]);
});

test("an answer is named by its class, its classes, or why it was skipped", () => {
  const history = open();
  const name = (more) => history.name(entry("x", { class: null, ...more }));
  assert.equal(name({ class: 2 }), "finch");
  assert.equal(name({ classes: [1, 2] }), "wren, finch");
  assert.equal(name({ classes: [] }), "none of these");
  assert.equal(name({ class: 7 }), "another class");
  assert.equal(name({}), "skipped");
  document.make("button", { "data-reason": "unsure" }, [new Element("span")]).children[0].textContent = "I am not sure";
  assert.equal(name({ skip: "unsure" }), "skipped: I am not sure");
});

test("new answers come first, and no more than sixty are shown", () => {
  const history = open();
  for (let i = 0; i < 65; i++) history.add(entry(`a${i}`), `/small/${i}`);
  assert.equal(past.hidden, false);
  assert.deepEqual([shown().length, shown()[0], history.entries.length, history.last.id], [60, "a64", 65, "a64"]);
  const first = strip.children[0].querySelector("img");
  assert.deepEqual([first.src, first.alt], ["/small/64", "wren"]);
});

test("a change takes the place of its answer, with its picture, and is the newest", () => {
  const history = open();
  const old = entry("a");
  history.add(old, "/small/a");
  history.add(entry("b"), "/small/b");
  history.change(old, entry("c", { class: 2, changed: true }), "/another");
  assert.deepEqual(
    [shown(), history.entries.map((one) => one.id)],
    [
      ["c", "b"],
      ["b", "c"],
    ],
  );
  assert.deepEqual(strip.children[0].querySelector("img").src, "/small/a");
  const kept = entry("z");
  history.entries.unshift(kept);
  history.change(kept, entry("y"), "/another");
  assert.equal(strip.children[0].querySelector("img").src, "/another");
});

test("a change of an answer whose small picture has not come yet asks for that", () => {
  const history = open([entry("a")]);
  const image = new Element("img", { "data-later": "/later" });
  strip.append(new Element("li", {}, [new Element("button", { "data-answer": "a" }, [image])]));
  history.change(history.entries[0], entry("b", { changed: true }), "/another");
  assert.equal(strip.children[0].querySelector("img").src, "/later");
});

test("a click on a small picture opens its answer and marks it", () => {
  const history = open();
  history.add(entry("a"), "/a");
  history.add(entry("b"), "/b");
  strip.children[1].querySelector("img").click();
  assert.deepEqual(
    [told, strip.children[1].firstElementChild.getAttribute("aria-current")],
    [["open a, 2 back"], "true"],
  );
  history.close();
  assert.equal(strip.children[1].firstElementChild.getAttribute("aria-current"), null);
});

test("what waits since before the page was loaded is followed", () => {
  const history = open([entry("a"), entry("b"), entry("c")]);
  history.follow([
    { kind: "undo", id: "u", body: { annotation: "b", sample: 1 } },
    { kind: "change", id: "d", body: { changes: "a", sample: 1, class: 2 } },
    { kind: "answer", id: "e", body: { sample: 5, skip: "unsure" } },
  ]);
  assert.deepEqual(
    history.entries.map(({ id, changed, skip }) => [id, changed, skip]),
    [
      ["c", false, null],
      ["d", true, null],
      ["e", false, "unsure"],
    ],
  );
});
