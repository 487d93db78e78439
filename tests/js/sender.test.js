import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Failure } from "../../static/desk/api.js";
import { Outbox } from "../../static/desk/outbox.js";
import { Sender } from "../../static/desk/sender.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A server that answers with what `replies` hold, in turn, and what was asked of it. */
function server(...replies) {
  const asked = [];
  const call = async (method, path, body) => {
    asked.push([method, path, body]);
    const reply = replies.shift();
    if (reply instanceof Error) throw reply;
    return reply ?? {};
  };
  return { asked, call };
}

function setUp(call) {
  const told = [];
  const outbox = new Outbox("test.", () => {});
  const sender = new Sender(call, outbox, {
    wanted: () => 3,
    stored: (item, receipt) => told.push(["stored", item.id, receipt.n, outbox.length]),
    refused: (item, failure) => told.push(["refused", item.id, failure.code]),
    stuck: (failure) => told.push(["stuck", failure.status]),
    empty: () => told.push(["empty"]),
  });
  return { outbox, sender, told };
}

const answer = (id) => ({ id, kind: "answer", body: { sample: 7, lease: "l", class: 2, view: { url: "/x" } } });

beforeEach(() => {
  localStorage.clear();
  mock.timers.reset();
});

test("items go one at a time and in order, and leave once the receipt is looked at", async () => {
  const { asked, call } = server({ n: 1 }, { n: 2 });
  const { outbox, sender, told } = setUp(call);
  outbox.put(answer("a"));
  outbox.put(answer("b"));
  await Promise.all([sender.send(), sender.send()]);
  assert.deepEqual(told, [["stored", "a", 1, 2], ["stored", "b", 2, 1], ["empty"]]);
  assert.deepEqual(
    asked.map(([, , body]) => body.id),
    ["a", "b"],
  );
});

test("every kind has its own request, and how a sample is shown stays here", async () => {
  const { asked, call } = server();
  const { outbox, sender } = setUp(call);
  outbox.put(answer("a"));
  outbox.put({ id: "c", kind: "change", body: { sample: 7, changes: "a", class: 1 } });
  outbox.put({ id: "u", kind: "undo", body: { annotation: "c", sample: 7 } });
  outbox.put({ id: "f", kind: "flag", body: { sample: 7, text: "?" } });
  outbox.put({ id: "g", kind: "group", body: { class: 1, answers: [] } });
  outbox.put({ id: "h", kind: "ungroup", body: { annotations: ["x"] } });
  await sender.send();
  assert.deepEqual(asked, [
    ["POST", "/annotations", { id: "a", sample: 7, lease: "l", class: 2, next: 3 }],
    ["POST", "/annotations", { id: "c", sample: 7, changes: "a", class: 1, next: 3 }],
    ["DELETE", "/annotations/c", undefined],
    ["POST", "/flags", { id: "f", sample: 7, text: "?" }],
    ["POST", "/groups/answers", { class: 1, answers: [] }],
    ["POST", "/groups/undo", { annotations: ["x"] }],
  ]);
});

test("what the server refuses is taken out and the next one goes", async () => {
  const { call } = server(new Failure("no", 422, "bad_field"), { n: 2 });
  const { outbox, sender, told } = setUp(call);
  outbox.put(answer("a"));
  outbox.put(answer("b"));
  await sender.send();
  assert.deepEqual(told, [["refused", "a", "bad_field"], ["stored", "b", 2, 1], ["empty"]]);
});

for (const [what, failure] of Object.entries({
  "a network that is gone": new Failure("gone"),
  "a server that restarts": new Failure("down", 503),
  "a session that has ended": new Failure("who", 401),
  "somebody else's session": new Failure("theirs", 403, "foreign_lease"),
  "a project that somebody else may not see": new Failure("theirs", 404, "no_project"),
})) {
  test(`${what} keeps the answer, and it is tried again`, async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const { asked, call } = server(failure, failure, { n: 1 });
    const { outbox, sender, told } = setUp(call);
    outbox.put(answer("a"));
    await sender.send();
    assert.deepEqual([outbox.length, told], [1, [["stuck", failure.status]]]);
    mock.timers.tick(499);
    assert.equal(asked.length, 1);
    mock.timers.tick(1);
    await settled();
    // Each wait is twice as long as the one before.
    mock.timers.tick(999);
    assert.equal(asked.length, 2);
    mock.timers.tick(1);
    await settled();
    assert.deepEqual(told.slice(-2), [["stored", "a", 1, 1], ["empty"]]);
    assert.equal(outbox.length, 0);
  });
}

test("a listener that fails loses no later answer", async () => {
  const { call } = server();
  const outbox = new Outbox("test.", () => {});
  const sender = new Sender(call, outbox, {
    wanted: () => 0,
    stored: () => {
      throw new Error("a bug");
    },
    empty: () => {},
  });
  outbox.put(answer("a"));
  outbox.put(answer("b"));
  await assert.rejects(sender.send(), /a bug/);
  assert.equal(outbox.first.id, "b");
});
