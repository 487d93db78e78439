// The desk: one key answers and brings the next sample at once; no answer is lost.
//
// An answer goes into an outbox in the browser's storage before anything else happens, and leaves it when the server's
// receipt is here. The samples behind the current one are leased and loaded already, so the next one is shown without asking.

import { Adjust } from "./adjust.js";
import { caller, uuid } from "./api.js";
import { follow } from "./gestures.js";
import { History } from "./history.js";
import { listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Queue } from "./queue.js";
import { Sender } from "./sender.js";
import { SkipMenu } from "./skip.js";
import { Status } from "./status.js";
import { Viewer } from "./viewer.js";

const desk = document.querySelector("[data-desk]");
const part = (name) => desk.querySelector(`[data-${name}]`);
const call = caller(desk.dataset.api);
const status = new Status(desk);
const viewer = new Viewer(desk);
const adjust = new Adjust(desk, (text) => status.say(text));
const history = new History(desk);
const outbox = new Outbox(`querist.outbox.${desk.dataset.project}.${desk.dataset.account}.`, (n) => status.waiting(n));
const queue = new Queue(call, {
  answered: (sample) => outbox.answers(sample),
  front: show,
  none: nothing,
  reached: () => outbox.length === 0 && status.notice(null),
  failed: trouble,
});
const sender = new Sender(call, outbox, { wanted: () => queue.wanted, stored, refused, stuck: trouble, empty });
const skipMenu = new SkipMenu((reason) => answer({ skip: reason }));
let shownAt = performance.now();

// ---- what the server says -------------------------------------------------------------------------------------------

function stored(item, receipt) {
  if (item.kind === "undo") {
    const lease = receipt.leases?.[0];
    if (lease) {
      const card = queue.cards.find((card) => card.sample.id === lease.sample.id);
      if (card) Object.assign(card, lease);
      outbox.lease(lease.sample.id, lease.lease);
    }
  } else {
    queue.arrive(receipt.leases ?? []);
  }
  status.notice(null);
  status.progress(receipt.progress);
}

function refused(item, failure) {
  if (item.kind !== "undo") {
    status.notice(`Not stored: ${failure.message}.`);
    return;
  }
  // The sample that was to come back does not, and neither does what was said about it since.
  queue.remove(item.body.sample);
  outbox.withdraw(item.body.sample);
  status.notice(`Not undone: ${failure.message}.`);
  show();
}

function trouble(failure) {
  const n = outbox.length;
  if (failure.status === 401) {
    status.notice(n === 0 ? "Your session has ended." : "Your session has ended. Your answers are kept here and will be sent.", true);
  } else if (failure.status === 403 || failure.status === 404) {
    status.notice("Somebody else is signed in. Your answers are kept here and will be sent once it is you.", true);
  } else if (n === 0) {
    status.notice("The server cannot be reached.");
  } else {
    status.notice(n === 1 ? "One answer waits for the server." : `${n} answers wait for the server.`);
  }
}

function empty() {
  queue.refill();
}

// ---- what is in front -----------------------------------------------------------------------------------------------

function show() {
  const card = queue.front;
  if (!card) {
    viewer.clear();
    buttons(false);
    queue.refill();
    return;
  }
  viewer.show(queue.picture(card), card.view);
  part("empty").hidden = true;
  part("why").hidden = false;
  part("why").textContent = card.why;
  part("was").hidden = card.was === undefined;
  part("was").textContent = card.was === undefined ? "" : `Was: ${card.was}`;
  shownAt = performance.now();
  performance.mark("querist:shown");
  buttons(true);
}

function nothing(reason) {
  viewer.clear();
  part("why").hidden = true;
  part("was").hidden = true;
  part("empty").hidden = false;
  if (reason) part("reason").textContent = reason;
  buttons(false);
}

function buttons(on) {
  for (const button of desk.querySelectorAll("[data-class]")) button.disabled = !on;
  part("skip").disabled = !on;
  part("undo").disabled = !history.last;
}

// ---- what a person does ---------------------------------------------------------------------------------------------

function answer(said, button) {
  const card = queue.shift();
  if (!card) return;
  const seconds = Math.round(performance.now() - shownAt) / 1000;
  const id = uuid();
  status.count("today", 1);
  status.count("total", 1);
  outbox.put({ id, kind: "answer", body: { sample: card.sample.id, lease: card.lease, ...said, seconds } });
  history.add({ id, sample: card.sample.id, class: said.class ?? null, card }, queue.picture(card));
  queue.release(card.sample.id);
  if (button) flash(button);
  show();
  sender.send();
}

// The sample is back in front at once, before the server has heard of it: the next key is meant for this one.
function undo() {
  const last = history.last;
  if (!last) return;
  history.pop();
  status.count("today", -1);
  status.count("total", -1);
  outbox.put({ id: uuid(), kind: "undo", body: { annotation: last.id, sample: last.sample } });
  queue.bring({ ...(last.card ?? plain(last)), lease: undefined, was: history.name(last) });
  show();
  status.say("Answer taken back");
  sender.send();
}

// A sample answered before this page was loaded.
function plain({ sample, view }) {
  return { sample: { id: sample }, media_url: `/media/${desk.dataset.project}/${sample}`, view, why: part("why").textContent };
}

function flash(button) {
  button.classList.add("hit");
  setTimeout(() => button.classList.remove("hit"), 140);
}

// ---- hands on keys and buttons --------------------------------------------------------------------------------------

const ACTIONS = {
  z: undo,
  backspace: undo,
  s: skip,
  f: () => viewer.fit(),
  0: () => viewer.whole(),
  "+": () => viewer.closer(),
  "=": () => viewer.closer(),
  "-": () => viewer.further(),
  arrowleft: () => viewer.look(-1, 0),
  arrowright: () => viewer.look(1, 0),
  arrowup: () => viewer.look(0, -1),
  arrowdown: () => viewer.look(0, 1),
  b: (event) => adjust.step("brightness", event.shiftKey ? -1 : 1),
  c: (event) => adjust.step("contrast", event.shiftKey ? -1 : 1),
  i: () => adjust.invert(),
};

const answerBy = (button) => answer({ class: Number(button.dataset.class) }, button);

desk.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.dataset.class) answerBy(event.submitter);
});
part("skip").addEventListener("click", skip);
part("undo").addEventListener("click", undo);
part("zoom-out").addEventListener("click", () => viewer.further());
part("zoom-in").addEventListener("click", () => viewer.closer());
part("zoom-fit").addEventListener("click", () => viewer.fit());
part("zoom-whole").addEventListener("click", () => viewer.whole());
follow(part("glass"), viewer);
listen(desk, ACTIONS, answerBy);

function skip() {
  if (queue.front) skipMenu.open();
}

window.addEventListener("online", () => sender.send());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sender.send());

status.waiting(outbox.length);
history.follow(outbox);
queue.arrive(JSON.parse(desk.dataset.leases));
if (!queue.front) show();
sender.send();
desk.dataset.ready = "true";
