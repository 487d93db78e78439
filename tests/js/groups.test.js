import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Board } from "../../static/desk/grid/board.js";
import { Groups } from "../../static/desk/grid/groups.js";
import { Element } from "./dom.js";

const lease = (id) => ({ sample: { id }, lease: `l${id}` });

let asked, loaded, groups, answers;

beforeEach(() => {
  [asked, loaded, answers] = [[], [], []];
  const call = async (method, path, body) => {
    // As it is sent: fields without a value are left out.
    asked.push([method, path, body && JSON.parse(JSON.stringify(body))]);
    return answers.shift() ?? { group: { leases: [lease(asked.length)] } };
  };
  const passed = { items: [9] };
  groups = new Groups(call, { api: "/api", like: 7 }, passed, 12, (one) => loaded.push(one.sample.id));
});

test("the next group is asked for ahead, and shown without asking again", async () => {
  const first = await groups.next();
  assert.deepEqual(asked, [["POST", "/groups", { size: 12, passed: [9], instead_of: [], like: 7 }]]);
  assert.deepEqual([first.group.leases[0].sample.id, loaded, groups.waits], [1, [1], false]);
  groups.ahead();
  assert.ok(groups.waits);
  assert.equal((await groups.next()).group.leases[0].sample.id, 2);
  assert.deepEqual([asked.length, groups.waits], [2, false]);
});

test("a group in place of another names its leases, and the one ahead is not shown then", async () => {
  groups.ahead();
  await groups.next([lease(5)]);
  assert.deepEqual(asked.at(-1)[2].instead_of, ["l5"]);
});

test("a group ahead that cannot be had is asked for again", async () => {
  answers = [Promise.reject(new Error("gone"))];
  groups.ahead();
  assert.equal((await groups.next()).group.leases[0].sample.id, 2);
});

test("what nobody answered is given back, once, and by whoever leaves all of it", async () => {
  groups.hold(Array.from({ length: 70 }, (_, i) => lease(i)));
  groups.used([lease(0)]);
  groups.giveBack([lease(1)]);
  assert.deepEqual(asked, [["DELETE", "/leases/l1", undefined]]);
  const sent = [];
  Object.defineProperty(globalThis, "navigator", {
    value: { sendBeacon: (path, body) => sent.push([path, body]) },
    configurable: true,
  });
  groups.leave({ classes: [] });
  groups.leave({ classes: [] });
  const bodies = await Promise.all(sent.map(async ([, body]) => JSON.parse(await body.text())));
  assert.deepEqual(
    sent.map(([path]) => path),
    ["/api/groups/answers", "/api/groups/answers"],
  );
  assert.deepEqual([bodies[0].classes, bodies[0].answers, bodies.map((body) => body.odd.length)], [[], [], [64, 4]]);
});

test("tiles are in until they are left out, and one that does not come is left out by itself", () => {
  const place = new Element("ul");
  place.replaceChildren = (...items) => {
    place.children = [];
    place.append(...items);
  };
  const heard = [];
  let changes = 0;
  const tile = (one, name, on) => {
    heard.push(on);
    return new Element("img", { alt: name });
  };
  const board = new Board(place, tile, () => changes++);
  board.show([lease(1), lease(2), lease(3)]);
  assert.deepEqual([board.unseen, board.taken.length, place.hidden], [3, 3, false]);
  heard[0].shown();
  heard[1].missing();
  heard[2].shown();
  assert.deepEqual([board.unseen, changes, board.odd.map((one) => one.sample.id)], [0, 3, [2]]);
  const buttons = place.querySelectorAll(".grid-tile");
  buttons[2].querySelector("img").click();
  assert.deepEqual([board.taken.map((one) => one.sample.id), buttons[2].getAttribute("aria-pressed")], [[1], "false"]);
  buttons[2].click();
  assert.deepEqual(
    board.taken.map((one) => one.sample.id),
    [1, 3],
  );
  // What comes late of a group that is gone changes nothing.
  const late = heard[0];
  board.show([]);
  late.shown();
  assert.deepEqual([board.unseen, place.hidden], [0, true]);
});
