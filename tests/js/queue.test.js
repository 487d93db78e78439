import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Failure } from "../../static/desk/api.js";
import { Queue } from "../../static/desk/queue.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const lease = (id) => ({ sample: { id }, lease: `l${id}`, media_url: `/media/${id}` });
const ids = (queue) => queue.cards.map((card) => card.sample.id);

function setUp(call = async () => ({ leases: [] }), answered = () => false) {
  const told = [];
  const ahead = [];
  const queue = new Queue(call, {
    answered,
    ahead: (card) => ahead.push(card.sample.id),
    front: () => told.push("front"),
    none: (reason) => told.push(`none: ${reason}`),
    reached: () => told.push("reached"),
    failed: (failure) => told.push(`failed: ${failure.status}`),
  });
  return { ahead, queue, told };
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

test("what was asked for before the queue was there is taken, and asked for once", async () => {
  let asked = 0;
  const call = async () => {
    asked += 1;
    return { leases: [lease(asked + 10)] };
  };
  const on = { answered: () => false, ahead() {}, front() {}, none() {}, reached() {}, failed() {} };
  const queue = new Queue(call, on, Promise.resolve({ leases: [lease(1)] }));
  await queue.refill();
  assert.deepEqual([ids(queue), asked], [[1], 0]);
  await queue.refill();
  assert.deepEqual([ids(queue), asked], [[1, 11], 1]);
  const without = new Queue(call, on, Promise.resolve(null));
  await without.refill();
  assert.deepEqual([ids(without), asked], [[12], 2], "where it brought nothing, the queue asks itself");
});

test("a sample whose answer was stored while leases were on their way does not come again", async () => {
  let reply;
  const { queue } = setUp(() => new Promise((resolve) => (reply = resolve)));
  const asking = queue.refill();
  await settled();
  queue.settled(1);
  reply({ leases: [lease(1), lease(2)] });
  await asking;
  assert.deepEqual(ids(queue), [2]);
  const again = queue.refill();
  await settled();
  reply({ leases: [lease(1)] });
  await again;
  assert.deepEqual(ids(queue), [2, 1], "asked for later, the server means it");
});

test("leases come once each, are loaded ahead, and the first one is shown", () => {
  const { ahead, queue, told } = setUp(undefined, (sample) => sample === 9);
  queue.arrive([lease(1), lease(2), lease(9)]);
  queue.arrive([lease(2), lease(3)]);
  assert.deepEqual([ids(queue), told, new Set(ahead)], [[1, 2, 3], ["front"], new Set([1, 2, 3])]);
  assert.equal(queue.front.lease, "l1");
});

test("it asks for what is missing and for no more", () => {
  const { queue } = setUp();
  assert.equal(queue.wanted, 4);
  queue.arrive([1, 2, 3, 4, 5].map(lease));
  assert.equal(queue.wanted, 0);
  queue.shift();
  queue.shift();
  assert.equal(queue.wanted, 1);
});

test("a sample is brought to the front once, wherever it was", () => {
  const { queue } = setUp();
  queue.arrive([1, 2, 3].map(lease));
  queue.bring(lease(3));
  assert.deepEqual(ids(queue), [3, 1, 2]);
  queue.remove(1);
  assert.deepEqual(ids(queue), [3, 2]);
});

test("an empty queue says why, and asks again after longer and longer", async () => {
  let asked = 0;
  const call = async (method, path, body) => {
    assert.deepEqual([method, path, body], ["POST", "/leases", { count: 4, resume: true }]);
    return ++asked < 3 ? { leases: [], empty: { reason: "all done" } } : { leases: [lease(1)] };
  };
  const { queue, told } = setUp(call);
  await queue.refill();
  assert.deepEqual(told, ["reached", "none: all done"]);
  mock.timers.tick(1000);
  await settled();
  mock.timers.tick(1499);
  assert.equal(asked, 2);
  mock.timers.tick(1);
  await settled();
  assert.deepEqual([asked, told.slice(4), ids(queue)], [3, ["front", "reached"], [1]]);
  mock.timers.tick(60_000);
  assert.equal(asked, 3, "what is there needs no asking");
});

test("two who ask at once ask once", async () => {
  let asked = 0;
  const { queue } = setUp(async () => ({ leases: [lease(++asked)] }));
  await Promise.all([queue.refill(), queue.refill()]);
  assert.equal(asked, 1);
});

test("a failure is told only where there is nothing left to do", async () => {
  const { queue, told } = setUp(async () => {
    throw new Failure("down", 503);
  });
  queue.arrive([lease(1)]);
  await queue.refill();
  assert.deepEqual(told, ["front"]);
  queue.shift();
  await queue.refill();
  assert.deepEqual(told, ["front", "failed: 503"]);
});
