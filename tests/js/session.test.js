import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Failure } from "../../static/desk/api.js";
import { Outbox } from "../../static/desk/outbox.js";
import { Session, why } from "../../static/desk/session.js";

let told, idle, notice, away, replies, session, outbox;

beforeEach(() => {
  localStorage.clear();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [told, idle, notice, away, replies] = [[], false, null, false, []];
  const call = async () => {
    const reply = replies.shift() ?? {};
    if (reply instanceof Error) throw reply;
    return reply;
  };
  outbox = new Outbox("test.", () => {});
  const status = {
    notice: (text, link = false) => (notice = text && (link ? `${text} [sign in]` : text)),
    progress: (now) => told.push(["progress", now]),
    away: (on) => (away = on),
  };
  const signIn = { open: () => told.push("open"), close: () => told.push("close") };
  session = new Session(
    { call, outbox, status, signIn, words: { wait: "answers-wait", away: "answers-kept" } },
    {
      stored: (item, receipt) => told.push(["stored", item.id, receipt]),
      refused: (item, failure) => told.push(["refused", item.id, why("not-stored", failure)]),
      again: () => told.push("again"),
      idle: () => idle,
    },
  );
});

const answer = (id) => ({ id, kind: "answer", body: { sample: 1, lease: "l" } });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what is stored is told with its counts, and takes the notice away", async () => {
  session.trouble(new Failure("gone"));
  replies = [{ progress: { labeled: 3 } }];
  session.put(answer("a"));
  await settled();
  assert.deepEqual(told, [
    ["progress", { labeled: 3 }],
    ["stored", "a", { progress: { labeled: 3 } }],
  ]);
  assert.equal(notice, null);
});

test("a refusal is told with its reason and stays on the page", async () => {
  replies = [new Failure("no such class", 422, "bad_field")];
  session.put(answer("a"));
  await settled();
  assert.deepEqual(told, [["refused", "a", "Not stored: no such class."]]);
  notice = "Not stored";
  session.reached();
  assert.equal(notice, "Not stored");
});

test("without a server one hears what waits, and once it answers the notice goes", async () => {
  session.trouble(new Failure("gone"));
  const back = "as soon as the connection is back.";
  assert.equal(notice, `The server cannot be reached. Labeling goes on by itself ${back}`);
  replies = [new Failure("gone"), new Failure("broken", 500), new Failure("full", 507, "disk_full")];
  session.put(answer("a"));
  await settled();
  const kept = "1 answer is not sent yet and kept on this device. Keep labeling: it is sent";
  assert.deepEqual([notice, away], [`The server cannot be reached. ${kept} ${back}`, true]);
  session.send();
  await settled();
  assert.ok(notice.startsWith("The server has a problem. 1 answer is not sent yet; it is kept on this device"), notice);
  assert.equal(away, false, "a server that answers is not out of reach");
  session.send();
  await settled();
  assert.ok(notice.startsWith("The server's disk is full. 1 answer waits here"));
  session.reached();
  assert.ok(notice, "what waits still waits");
  session.send();
  await settled();
  assert.equal(notice, null);
});

test("a session that ends is told, signing in is offered once there is nothing else to do, and once only", () => {
  session.trouble(new Failure("who", 401));
  assert.deepEqual([notice, told], ["Your session has ended. [sign in]", []]);
  idle = true;
  session.idle();
  session.trouble(new Failure("who", 401));
  session.idle();
  assert.deepEqual(told, ["open"]);
  session.comeBack();
  assert.deepEqual([notice, told], [null, ["open", "close", "again"]]);
  session.idle();
  session.trouble(new Failure("who", 401));
  assert.deepEqual(told, ["open", "close", "again", "open"]);
});

test("answers that waited for a session go as soon as somebody is signed in, here or in another window", async () => {
  replies = [new Failure("who", 401), {}, {}];
  session.put(answer("a"));
  await settled();
  assert.equal(notice, "Your session has ended. Your answers are kept here and will be sent. [sign in]");
  session.send();
  await settled();
  assert.deepEqual([outbox.length, notice, told.at(-2), told.at(-1)], [0, null, "close", "again"]);
});

test("somebody else who is signed in is told so, whatever the address says", () => {
  for (const failure of [
    new Failure("no", 403),
    new Failure("no", 403, "foreign_lease"),
    new Failure("no", 404, "no_project"),
  ]) {
    notice = null;
    session.trouble(failure);
    assert.ok(notice.startsWith("Somebody else is signed in.") && notice.endsWith("[sign in]"), notice);
  }
  session.trouble(new Failure("there is no sample 7", 404, "not_found"));
  assert.equal(notice, "there is no sample 7.");
});

test("once the line is up again, what waits is sent without waiting for its next turn", async () => {
  replies = [new Failure("gone")];
  session.put(answer("a"));
  await settled();
  assert.deepEqual([away, session.away, outbox.length], [true, true, 1]);
  session.reached();
  await settled();
  assert.deepEqual([away, session.away, outbox.length, notice], [false, false, 0, null]);
});
