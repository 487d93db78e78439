import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Status } from "../../static/desk/status.js";
import { Element } from "./dom.js";

let status, saved, done, live;

const pill = document.make("span", { class: "pill good" }, [new Element("span", { "data-saved": "" })]);
saved = pill.firstElementChild;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.requestAnimationFrame = (act) => act();
  [done, live] = [new Element("p", { "data-done": "", hidden: "" }), new Element("p", { "data-live": "" })];
  status = new Status(new Element("main", {}, [done, live]));
});

test("the bar says saved, sending, or offline with what was not sent", () => {
  const says = (n, away) => {
    status.waiting(n);
    status.away(away);
    return [saved.textContent, pill.className];
  };
  assert.deepEqual(says(0, false), ["Saved", "pill good"]);
  assert.deepEqual(says(2, false), ["Saving 2 answers", "pill unsaved"]);
  assert.deepEqual(says(1, true), ["Offline: 1 answer not sent", "pill unsaved"]);
  assert.deepEqual(says(3781, true), ["Offline: 3\u202f781 answers not sent", "pill unsaved"]);
  assert.deepEqual(says(0, true), ["Offline", "pill unsaved"]);
});

test("what was done is seen and heard, and goes by itself", () => {
  status.done("Changed to wren");
  assert.deepEqual([done.hidden, done.textContent, live.textContent], [false, "Changed to wren", "Changed to wren"]);
  mock.timers.tick(2000);
  status.done("Sent to the lead");
  mock.timers.tick(2000);
  assert.equal(done.hidden, false, "each has its whole time");
  mock.timers.tick(1000);
  assert.equal(done.hidden, true);
});
