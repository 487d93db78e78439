import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { picker } from "../../static/desk/picker.js";
import { Element } from "./dom.js";

let page, wren, finch, store, none, hint, told;
const on = {
  pressed: (said) => told.push(["pressed", said]),
  answer: (said) => told.push(["answer", said]),
  tell: (text) => told.push(text),
};

beforeEach(() => {
  told = [];
  const button = (id, name) => new Element("button", { "data-class": id, "data-name": name, hidden: "" });
  [wren, finch] = [button(1, "wren"), button(2, "finch")];
  store = new Element("button", { "data-store": "" });
  none = new Element("button", { "data-none-of": "" });
  hint = new Element("span", { "data-chosen": "" });
  const row = new Element("div", { "data-store-row": "", hidden: "" }, [store, none, hint]);
  page = new Element("main", {}, [wren, finch, row]);
});

test("one class: a press is an answer, and an earlier one is marked", () => {
  const one = picker(page, "single", on);
  one.press(finch);
  assert.deepEqual([told, one.said, one.name], [[["pressed", { class: 2 }]], { class: 2 }, "finch"]);
  one.begin(5, undefined);
  assert.deepEqual([one.said, finch.getAttribute("aria-current")], [null, null]);
  one.look({ id: "a", class: 1 });
  assert.equal(wren.getAttribute("aria-current"), "true");
  assert.ok(one.differs({ class: 1 }, { class: 2 }) && !one.differs({ class: 1 }, { class: 1 }));
  one.clear();
  assert.equal(wren.getAttribute("aria-current"), null);
});

test("one class in a group: radio buttons, of which one can be reached by the tab key", () => {
  for (const button of [wren, finch]) button.setAttribute("role", "radio");
  const one = picker(page, "single", { ...on, pressed: undefined });
  one.begin(0, [null]);
  assert.deepEqual([wren.tabIndex, finch.tabIndex], [0, -1]);
  one.reach(finch);
  assert.deepEqual([wren.tabIndex, finch.tabIndex, finch.getAttribute("aria-checked")], [-1, 0, "true"]);
  assert.deepEqual([told, one.said], [[], { class: 2 }]);
});

test("a set: keys turn classes on and off, and each sample keeps its own", () => {
  const set = picker(page, "multi", on, "n");
  assert.ok(!wren.hidden && !store.parentElement.hidden, "hidden only without scripts");
  set.begin(5, null);
  set.press(finch);
  set.press(wren);
  assert.deepEqual([set.said, set.name], [{ classes: [1, 2] }, "wren, finch"]);
  assert.equal(hint.textContent, "2 classes are chosen.");
  set.begin(6, [2]);
  assert.deepEqual(set.said, { classes: [2] });
  set.begin(5, null);
  set.press(finch);
  assert.deepEqual([set.said, finch.getAttribute("aria-pressed")], [{ classes: [1] }, "false"]);
  set.forget(5);
  set.begin(5, null);
  assert.equal(set.said, null);
  assert.deepEqual(told, ["finch: chosen", "wren: chosen", "finch: not chosen"]);
});

test("a set is stored by its button or Enter; nothing chosen needs a key of its own", () => {
  const set = picker(page, "multi", on, "n");
  set.begin(5, null);
  set.keys.enter();
  assert.deepEqual(told, [hint.textContent]);
  assert.ok(hint.textContent.startsWith("Nothing is chosen") && hint.classList.contains("asked"));
  set.keys.n();
  set.press(wren);
  store.click();
  assert.deepEqual(told.slice(1), [["answer", { classes: [] }], "wren: chosen", ["answer", { classes: [1] }]]);
  set.enable(false);
  store.happen("click");
  set.keys.n();
  assert.equal(told.length, 4);
});

test("an earlier set is looked at anew each time, and one whose class was retired differs only by what can be chosen", () => {
  const set = picker(page, "multi", on, "n");
  set.look({ id: "a", classes: [1] });
  set.press(finch);
  set.look({ id: "a", classes: [1] });
  assert.deepEqual(set.said, { classes: [1] });
  assert.ok(!set.differs({ classes: [1, 9] }, { classes: [1] }));
  assert.ok(set.differs({ classes: [1] }, { classes: [1, 2] }) && set.differs({ classes: null }, { classes: [] }));
});

test("Enter is the link's and the dialog's, but not the class's that has the focus", () => {
  const set = picker(page, "multi", on, "n");
  const link = new Element("a");
  assert.ok(set.leaves({ key: "Enter", target: link }) && !set.leaves({ key: "s", target: link }));
  assert.ok(!picker(page, "single", on).leaves({ key: "Enter", target: link }));
});
