// The desk: one key answers and brings the next sample at once; no answer is lost.
//
// An answer goes into an outbox in the browser's storage before anything else happens, and leaves it when the server's
// receipt is here. The samples behind the current one are leased and loaded already, so the next one is shown without asking.

import { Adjust } from "./adjust.js";
import { away, caller, sentence, uuid } from "./api.js";
import { Chosen, same } from "./chosen.js";
import { Flags } from "./flags.js";
import { follow } from "./gestures.js";
import { Guide } from "./guide.js";
import { History } from "./history.js";
import { KeyDialog, listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { pace } from "./pace.js";
import { Queue } from "./queue.js";
import { Search } from "./search.js";
import { Sender } from "./sender.js";
import { SignIn } from "./sign_in.js";
import { SkipMenu } from "./skip.js";
import { Status } from "./status.js";
import { say } from "./texts.js";
import { Viewer } from "./viewer.js";
import { windows } from "./windows.js";

const desk = document.querySelector("[data-desk]");
const part = (name) => desk.querySelector(`[data-${name}]`);
const call = caller(desk.dataset.api);
const status = new Status(desk);
const viewer = new Viewer(desk);
// Where a sample may have any number of classes.
const chosen = "multi" in desk.dataset ? new Chosen(desk, (text) => status.say(text)) : null;
const adjust = new Adjust(desk, (text) => status.say(text));
const history = new History(desk, { open: lookBack, close: show });
const outbox = new Outbox(`querist.outbox.${desk.dataset.project}.${desk.dataset.account}.`, (n) => status.waiting(n));
const queue = new Queue(call, {
  answered: (sample) => outbox.answers(sample),
  front: show,
  none: nothing,
  reached: () => {
    if (outbox.length === 0) status.notice(null);
    if (signedOut) comeBack();
  },
  failed: trouble,
});
const sender = new Sender(call, outbox, { wanted: () => queue.wanted, stored, refused, stuck: trouble, empty });
const skipMenu = new SkipMenu((said) => answer(said));
const flags = new Flags(desk, call, send, (text) => status.say(text));
const guide = new Guide(desk);
const signIn = new SignIn(comeBack);
const tellOthers = windows(desk, answeredElsewhere);
const DOUBLE_CLICK_MS = 250;
let signedOut = false;
let shownAt = -DOUBLE_CLICK_MS;
// The last click's place in a row of quick ones: 2 for the second half of a double click, 0 for a key on a button.
let clicks = 0;

// ---- what the server says -------------------------------------------------------------------------------------------

function stored(item, receipt) {
  if (item.kind === "undo") undone(item, receipt);
  else if (item.kind !== "flag") queue.arrive(receipt.leases ?? []);
  status.notice(null);
  if (signedOut) comeBack();
  status.progress(receipt?.progress);
}

function undone({ body }, receipt) {
  const lease = receipt.leases?.[0];
  const stands = receipt.stands;
  if (lease) {
    const card = queue.cards.find((card) => card.sample.id === lease.sample.id);
    if (card) Object.assign(card, lease);
    outbox.lease(lease.sample.id, lease.lease);
  } else if (stands) {
    const entry = { id: stands.id, sample: body.sample, view: body.view, class: stands.class, classes: stands.classes ?? null, skip: stands.skip, changed: false };
    history.add(entry, { src: `/media/${desk.dataset.project}/${body.sample}/thumb` });
  } else {
    back(body.sample);
  }
}

// The sample that was to come back does not, and neither does what was said about it since.
function back(sample) {
  queue.remove(sample);
  chosen?.forget(sample);
  outbox.withdraw(sample);
  if (!history.opened) show();
}

function refused(item, failure) {
  if (item.kind === "undo") {
    back(item.body.sample);
    status.notice(say("not-undone", { reason: sentence(failure) }));
  } else {
    const what = { change: "not-changed", flag: "not-flagged" }[item.kind] ?? "not-stored";
    status.notice(say(what, { reason: sentence(failure) }));
  }
}

function trouble(failure) {
  const n = outbox.length;
  if (failure.status === 401) {
    status.notice(say(n === 0 ? "session-over" : "session-over-kept"), true);
    signedOut = true;
    // Nothing left to do but this.
    if (!queue.front || !part("loading").hidden) signIn.open();
  } else if (failure.status === 403 || failure.status === 404) {
    status.notice(say("somebody-else"), true);
  } else {
    status.notice(n === 0 ? away(failure) : say(failure.code === "disk_full" ? "answers-wait-full" : "answers-wait", { n }));
  }
}

function comeBack() {
  signedOut = false;
  signIn.close();
  tryAgain();
}

// What kept requests away is over.
function tryAgain() {
  queue.again();
  queue.refill();
  sender.send();
}

function empty() {
  queue.refill();
}

// ---- what is in front -----------------------------------------------------------------------------------------------

function show() {
  if (history.opened) return;
  const card = queue.front;
  mark(null);
  if (!card) {
    viewer.clear();
    buttons(false);
    queue.refill();
    return;
  }
  part("empty").hidden = true;
  const picture = queue.picture(card);
  if (!picture.complete || picture.naturalWidth === 0) {
    waitFor(picture);
    return;
  }
  part("loading").hidden = true;
  viewer.show(picture, card.view);
  part("why").hidden = false;
  part("why").textContent = card.why;
  const similar = part("similar");
  if (similar) {
    similar.hidden = false;
    similar.href = `/p/${desk.dataset.project}/grid?like=${card.sample.id}`;
  }
  opinion(card.opinion);
  chosen?.begin(card.sample.id, card.chosen);
  was(card.was === undefined ? null : say("desk-was", { answer: card.was }));
  shownAt = performance.now();
  performance.mark("querist:shown");
  buttons(true);
}

// Nobody answers what cannot be seen; it may be skipped.
function waitFor(picture) {
  viewer.clear();
  part("loading").hidden = false;
  part("why").hidden = true;
  opinion(null);
  was(null);
  buttons(false);
  part("skip").disabled = false;
  if (signedOut) signIn.open();
  picture.addEventListener("load", show, { once: true });
}

// An earlier answer with its sample. The queue waits where it is.
function lookBack(entry, ago) {
  const card = plain(entry);
  part("loading").hidden = true;
  viewer.show(queue.picture(card), card.view);
  queue.release(card.sample.id);
  part("empty").hidden = true;
  part("why").hidden = false;
  part("why").textContent = say(chosen ? "desk-change-set" : "desk-change-it");
  opinion(null);
  was(say(ago === 1 ? "desk-last-answer" : "desk-answers-back", { n: ago, answer: history.name(entry) }));
  mark(entry.class);
  // What is chosen here is for this look only.
  chosen?.forget(entry.id);
  chosen?.begin(entry.id, entry.classes);
  status.say(part("was").textContent);
  shownAt = performance.now();
  buttons(true);
}

function was(text) {
  part("was").hidden = !text;
  part("was").textContent = text ?? "";
}

// What the committee takes the sample for, where the lead shows that. Nothing is chosen by it.
function opinion(shown) {
  const name = shown && desk.querySelector(`[data-class="${shown.class}"]`)?.dataset.name;
  part("opinion").hidden = !name;
  part("opinion").textContent = name ? say("desk-opinion", { class: name, percent: Math.round(shown.probability * 100) }) : "";
}

// The class that was said, where there is one.
function mark(id) {
  for (const button of desk.querySelectorAll("[data-class]")) {
    if (id !== null && Number(button.dataset.class) === id) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function nothing(reason) {
  if (history.opened) return;
  viewer.clear();
  part("loading").hidden = true;
  part("why").hidden = true;
  part("was").hidden = true;
  opinion(null);
  part("empty").hidden = false;
  if (reason) part("reason").textContent = reason;
  buttons(false);
}

function buttons(on) {
  for (const button of desk.querySelectorAll("[data-class]")) button.disabled = !on;
  if (chosen) part("store").disabled = part("none-of").disabled = !on;
  part("skip").disabled = !on;
  part("undo").disabled = !history.last;
}

// ---- what a person does ---------------------------------------------------------------------------------------------

function answer(said, button) {
  if (button) flash(button);
  if (history.opened) {
    change(history.opened, said);
    return;
  }
  const card = queue.shift();
  if (!card) return;
  const seconds = spent();
  const id = uuid();
  status.count("today", 1);
  status.count("total", 1);
  tellOthers(card.sample.id);
  const { sample: { id: sample }, lease, view } = card;
  chosen?.forget(sample);
  outbox.put({ id, kind: "answer", body: { sample, lease, view, ...said, seconds } });
  history.add({ id, sample, view, ...kept(said), changed: false, at: Date.now() }, queue.picture(card));
  queue.release(sample);
  showPace();
  show();
  sender.send();
}

// A new answer takes the place of an earlier one, and the queue goes on where it was.
function change(entry, said) {
  const now = { ...entry, id: uuid(), ...kept(said), changed: true };
  if (now.class !== entry.class || !same(now.classes, chosen ? chosen.offered(entry.classes) : null) || now.skip !== entry.skip || said.note) {
    const { sample, view } = entry;
    outbox.put({ id: now.id, kind: "change", body: { sample, changes: entry.id, view, ...said, seconds: spent() } });
    history.change(entry, now);
    status.say(say("desk-changed-to", { answer: history.name(now) }));
    sender.send();
  }
  history.close();
  show();
}

// What an answer says, as the history keeps it.
function kept({ class: id, classes, skip }) {
  return { class: id ?? null, classes: classes ?? null, skip: skip ?? null };
}

// Store what is chosen. Nothing chosen may mean that nothing was looked for yet, so that has a key of its own.
function store() {
  if (part("store").disabled) return;
  if (chosen.classes.length === 0) chosen.ask();
  else answer({ classes: chosen.classes }, part("store"));
}

function noneOf() {
  if (!part("none-of").disabled) answer({ classes: [] }, part("none-of"));
}

function send(item) {
  outbox.put(item);
  sender.send();
}

function answeredElsewhere(sample) {
  const front = queue.front?.sample.id === sample;
  queue.remove(sample);
  if (front) show();
}

function showPace() {
  status.pace(pace(history.entries.filter((entry) => entry.at).map((entry) => entry.at)));
}

function spent() {
  return Math.round(performance.now() - shownAt) / 1000;
}

// Take back the answer that is looked at, or the last one. Its sample is back in front at once, before the server has heard
// of it: the next key is meant for this one. Where the answer had taken the place of another, that one stands again.
function undo() {
  const entry = history.opened ?? history.last;
  if (!entry) return;
  history.remove(entry);
  outbox.put({ id: uuid(), kind: "undo", body: { annotation: entry.id, sample: entry.sample, view: entry.view } });
  if (entry.changed) {
    status.say(say("desk-change-undone"));
  } else {
    status.count("today", -1);
    status.count("total", -1);
    chosen?.forget(entry.sample);
    queue.bring({ ...plain(entry), lease: undefined, was: history.name(entry), chosen: entry.classes });
    status.say(say("desk-answer-undone"));
  }
  show();
  sender.send();
}

// A sample without its lease.
function plain({ sample, view }) {
  return { sample: { id: sample }, media_url: `/media/${desk.dataset.project}/${sample}`, view, why: desk.dataset.why };
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
  "/": () => search.open(),
  ",": () => history.earlier(),
  ".": () => history.later(),
  escape: () => guide.close() || history.close(),
  m: flag,
  "?": () => guide.toggle(),
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

const answerBy = (button) => (chosen ? chosen.toggle(button) : answer({ class: Number(button.dataset.class) }, button));
const search = new Search(desk, answerBy);
const keyDialog = new KeyDialog(desk, call);

desk.addEventListener("click", (event) => {
  clicks = event.detail;
  // Enter stores: it must not press again what a mouse was on last.
  if (chosen && clicks > 0) event.target.closest("button")?.blur();
}, true);
desk.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button?.dataset.class) once(() => answerBy(button))();
});
if (chosen) {
  part("store").addEventListener("click", once(store));
  part("none-of").addEventListener("click", once(noneOf));
  desk.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-class]");
    if (button) chosen.toggle(button);
  });
}
part("skip").addEventListener("click", skip);
part("undo").addEventListener("click", undo);
part("flag").addEventListener("click", flag);
part("notice-link").addEventListener("click", () => signIn.open());
part("find").addEventListener("click", () => search.open());
part("change-keys").addEventListener("click", () => keyDialog.open());
part("zoom-out").addEventListener("click", () => viewer.further());
part("zoom-in").addEventListener("click", () => viewer.closer());
part("zoom-fit").addEventListener("click", () => viewer.fit());
part("zoom-whole").addEventListener("click", () => viewer.whole());
follow(part("glass"), viewer, {
  right: () => history.earlier(),
  left: () => (history.opened ? history.later() : skip()),
});
if (chosen) {
  // Enter belongs to what has the focus, unless that is a class, or the earlier answer that is open.
  const own = "a, summary, button:not([data-class], [data-answer][aria-current])";
  const none = part("none-of").getAttribute("aria-keyshortcuts");
  listen(desk, { ...ACTIONS, enter: store, [none]: noneOf }, answerBy, ({ key, target }) => key === "Enter" && target.closest(own));
} else {
  listen(desk, ACTIONS, answerBy);
}

// The second half of a double click is not meant for the sample that has just come in front.
function once(act) {
  return () => {
    if (clicks <= 1 || performance.now() - shownAt > DOUBLE_CLICK_MS) act();
  };
}

function skip() {
  if (queue.front || history.opened) skipMenu.open();
}

function flag() {
  const { sample } = history.opened ? plain(history.opened) : (queue.front ?? {});
  flags.open(sample ? { id: sample.id, thumb: `/media/${desk.dataset.project}/${sample.id}/thumb` } : null);
}

window.addEventListener("online", tryAgain);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sender.send());

status.waiting(outbox.length);
history.follow(outbox);
// The server's counts know nothing yet of what waits here.
for (const { kind } of outbox) {
  const by = { answer: 1, undo: -1 }[kind] ?? 0;
  status.count("today", by);
  status.count("total", by);
}
showPace();
queue.arrive(JSON.parse(desk.dataset.leases));
if (!queue.front) show();
sender.send();
desk.dataset.ready = "true";
