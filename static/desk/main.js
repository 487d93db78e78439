// The desk: one key answers and brings the next sample at once; no answer is lost.
//
// An answer goes into an outbox in the browser's storage before anything else happens, and leaves it when the server's
// receipt is here. The samples behind the current one are leased and loaded already, so the next one is shown without asking.
// The stage shows samples, and the picker turns classes into an answer.

import { caller, uuid } from "./api.js";
import { early } from "./early.js";
import { FirstSteps } from "./first_steps.js";
import { Flags } from "./flags.js";
import { Guide } from "./guide.js";
import { History } from "./history.js";
import { KeyDialog, listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { pace } from "./pace.js";
import { picker as pickerFor } from "./picker.js";
import { Queue } from "./queue.js";
import { Search } from "./search.js";
import { Session, why } from "./session.js";
import { SignIn } from "./sign_in.js";
import { SkipMenu } from "./skip.js";
import { state } from "./state.js";
import { Status } from "./status.js";
import { say } from "./texts.js";
import { Thumbs } from "./thumbs.js";
import { windows } from "./windows.js";

const { Stage } = await import(`./stage/${state.modality}.js`);

/** @type {HTMLElement} */
const desk = document.querySelector("[data-desk]");
const part = (name) => desk.querySelector(`[data-${name}]`);
const call = caller(state.api);
const status = new Status(desk);
const speak = (text) => status.say(text);
const FINGERS = matchMedia("(hover: none) and (pointer: coarse)");
/** What the page says where there is nothing to label; offline says something else. */
const EMPTY = { title: part("empty-title").textContent, reason: part("reason").textContent };
const stage = new Stage(desk, state, {
  say: speak,
  right: () => history.earlier(),
  left: () => (history.opened ? history.later() : skip()),
  quiet: () => thumbs.go(),
});
const picker = pickerFor(desk, state.task, { pressed: answer, answer, tell: speak, once }, state.none);
const history = new History(desk, state.history, { open: lookBack, close: show });
const thumbs = new Thumbs(part("strip"), () => stage.loading || !begun);
const who = `${state.project}.${state.account}`;
const outbox = new Outbox(`querist.outbox.${who}.`, (n) => status.waiting(n));
const queue = new Queue(
  call,
  {
    answered: (sample) => outbox.answers(sample),
    ahead: (card) => stage.prepare(card),
    front: show,
    none: nothing,
    reached: () => session.reached(),
    failed: (failure) => session.trouble(failure),
  },
  early,
);
const signIn = new SignIn(() => session.comeBack());
const session = new Session(
  { call, outbox, status, signIn, words: { wait: "answers-wait", away: "answers-kept" } },
  {
    stored,
    refused,
    again: () => {
      stage.again();
      queue.refill();
    },
    lost,
    found,
    idle: () => !queue.front || !part("loading").hidden,
    empty: () => queue.refill(),
    wanted: () => queue.wanted,
  },
);
const skipMenu = new SkipMenu((said) => answer(said));
const flags = new Flags(
  desk,
  state.flags,
  call,
  (item) => {
    session.put(item);
    status.done(say(session.away ? "flag-kept" : "flag-sent"));
  },
  (text) => status.done(text),
);
const guide = new Guide(desk, state.project);
const tellOthers = windows(`querist.desk.${who}`, answeredElsewhere);
const DOUBLE_CLICK_MS = 250;
let shownAt = -DOUBLE_CLICK_MS;
/** Whether there was anything to see yet: until then the pictures of the past wait. */
let begun = false;
// The last click's place in a row of quick ones: 2 for the second half of a double click, 0 for a key on a button.
let clicks = 0;

// ---- the outcome of an answer ---------------------------------------------------------------------------------------

function stored(item, receipt) {
  if (item.kind === "undo") undone(item, receipt);
  else if (item.kind !== "flag") {
    queue.settled(item.body.sample);
    queue.arrive(receipt.leases ?? []);
  }
}

function undone({ body }, receipt) {
  const lease = receipt.leases?.[0];
  const stands = receipt.stands;
  if (lease) {
    const card = queue.cards.find((card) => card.sample.id === lease.sample.id);
    if (card) Object.assign(card, lease);
    outbox.lease(lease.sample.id, lease.lease);
  } else if (stands) {
    const { id, class: one, classes, skip } = stands;
    const entry = {
      id,
      sample: body.sample,
      view: body.view,
      class: one,
      classes: classes ?? null,
      skip,
      changed: false,
    };
    history.add(entry, thumb(body.sample));
  } else {
    back(body.sample);
  }
}

// The sample does not come back after all, so drop what was answered for it since.
function back(sample) {
  queue.remove(sample);
  picker.forget(sample);
  outbox.withdraw(sample);
  if (!history.opened) show();
}

function refused(item, failure) {
  if (item.kind === "undo") back(item.body.sample);
  const what = { undo: "not-undone", change: "not-changed", flag: "not-flagged" }[item.kind] ?? "not-stored";
  status.notice(why(what, failure));
}

// ---- what is in front -----------------------------------------------------------------------------------------------

function show() {
  if (history.opened) return;
  const card = queue.front;
  picker.clear();
  desk.classList.remove("finished");
  if (!card) {
    stage.clear();
    enable(false);
    queue.refill();
    return;
  }
  part("empty").hidden = true;
  if (!stage.ready(card)) {
    waitFor(card);
    return;
  }
  part("loading").hidden = true;
  stage.show(card);
  begin();
  // A sample that was taken back no longer shows why it was asked.
  explain(card.was === undefined ? card.why : say("desk-taken-back"));
  const similar = part("similar");
  if (similar) {
    similar.hidden = false;
    similar.href = `/p/${state.project}/grid?like=${card.sample.id}`;
  }
  opinion(card.opinion);
  picker.begin(card.sample.id, card.chosen);
  was(card.was === undefined ? null : say("desk-was", { answer: card.was }));
  shownAt = performance.now();
  performance.mark("querist:shown");
  enable(true);
}

// A sample that cannot be seen can only be skipped.
function waitFor(card) {
  stage.clear();
  part("loading").hidden = false;
  explain(null);
  opinion(null);
  was(null);
  enable(false);
  part("skip").disabled = false;
  session.idle();
  stage.whenReady(card, show);
  if (session.away && lost()) status.notice(null);
}

// Offline: if nothing is left to show, the stage says so, and what happens next.
function lost() {
  const card = queue.front;
  if (history.opened || (card && stage.ready(card))) return false;
  const n = outbox.length;
  part("loading").hidden = true;
  explain(null);
  opinion(null);
  was(null);
  empty(
    say(navigator.onLine === false ? "offline-title" : "unreachable-title"),
    say(n === 0 ? "offline-nothing" : "offline-kept", { n }),
  );
  return true;
}

// Back online: the next sample is coming.
function found() {
  if (history.opened || part("empty").hidden) return;
  part("empty").hidden = true;
  part("loading").hidden = false;
}

function empty(title, reason) {
  begin();
  part("empty-title").textContent = title;
  part("reason").textContent = reason;
  part("empty").hidden = false;
}

function begin() {
  if (begun) return;
  begun = true;
  thumbs.go();
}

// An earlier answer with its sample. The queue stays where it is.
function lookBack(entry, ago) {
  const card = plain(entry);
  part("loading").hidden = true;
  desk.classList.remove("finished");
  stage.show(card);
  stage.release(card.sample.id);
  part("empty").hidden = true;
  explain(say(FINGERS.matches ? picker.changing.touch : picker.changing.keys));
  opinion(null);
  was(say(ago === 1 ? "desk-last-answer" : "desk-answers-back", { n: ago, answer: history.name(entry) }));
  picker.look(entry);
  status.say(part("was").textContent);
  shownAt = performance.now();
  enable(true);
}

function explain(text) {
  part("why").hidden = !text;
  part("why").textContent = text ?? "";
  // The full text, since there is only room for two lines.
  part("why").title = text ?? "";
}

function was(text) {
  part("was").hidden = !text;
  part("was").textContent = text ?? "";
}

// The committee's opinion, if the lead shows it. It preselects nothing.
function opinion(shown) {
  part("opinion").hidden = !shown;
  part("opinion").textContent = shown
    ? say("desk-opinion", { class: history.name(shown), percent: Math.round(shown.probability * 100) })
    : "";
}

function nothing(reason) {
  if (history.opened) return;
  stage.clear();
  part("loading").hidden = true;
  explain(null);
  was(null);
  opinion(null);
  desk.classList.add("finished");
  if (reason) EMPTY.reason = reason;
  empty(EMPTY.title, EMPTY.reason);
  enable(false);
}

function enable(on) {
  picker.enable(on);
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
  const {
    sample: { id: sample },
    lease,
    view,
  } = card;
  const seconds = spent();
  const id = uuid();
  status.count("today", 1);
  status.count("total", 1);
  tellOthers(sample);
  picker.forget(sample);
  outbox.put({ id, kind: "answer", body: { sample, lease, view, ...said, seconds } });
  history.add({ id, sample, view, ...kept(said), changed: false, at: Date.now() }, stage.small(card));
  stage.release(sample);
  showPace();
  show();
  session.send();
}

// A new answer replaces an earlier one, and the queue continues where it was.
function change(entry, said) {
  const now = { ...entry, id: uuid(), ...kept(said), changed: true };
  if (picker.differs(entry, now) || now.skip !== entry.skip || said.note) {
    const { sample, view } = entry;
    outbox.put({ id: now.id, kind: "change", body: { sample, changes: entry.id, view, ...said, seconds: spent() } });
    history.change(entry, now, thumb(sample));
    status.done(say("desk-changed-to", { answer: history.name(now) }));
    session.send();
  }
  history.close();
  show();
}

/**
 * What an answer says, as the history keeps it.
 *
 * @param {import("./picker.js").Said} said
 */
function kept({ class: id = null, classes = null, skip = null }) {
  return { class: id, classes, skip };
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

// Take back the answer being viewed, or the last one. Its sample is back in front at once, before the server knows
// of it: the next key is meant for this one. If the answer had replaced another, that one is restored.
function undo() {
  const entry = history.opened ?? history.last;
  if (!entry) return;
  history.remove(entry);
  outbox.put({ id: uuid(), kind: "undo", body: { annotation: entry.id, sample: entry.sample, view: entry.view } });
  if (entry.changed) {
    status.done(say("desk-change-undone"));
  } else {
    status.count("today", -1);
    status.count("total", -1);
    picker.forget(entry.sample);
    queue.bring({ ...plain(entry), lease: undefined, was: history.name(entry), chosen: entry.classes });
    status.say(say("desk-answer-undone"));
  }
  show();
  session.send();
}

/**
 * A sample without its lease.
 *
 * @param {import("./state.js").Entry} entry
 */
function plain({ sample, view }) {
  return { sample: { id: sample }, media_url: `/media/${state.project}/${sample}`, view };
}

function thumb(sample) {
  return `/media/${state.project}/${sample}/thumb`;
}

function flash(button) {
  button.classList.add("hit");
  setTimeout(() => button.classList.remove("hit"), 140);
}

function skip() {
  if (queue.front || history.opened) skipMenu.open();
}

function flag() {
  const sample = history.opened?.sample ?? queue.front?.sample.id;
  flags.open(sample === undefined ? null : { id: sample, thumb: thumb(sample) });
}

// ---- hands on keys and buttons --------------------------------------------------------------------------------------

const press = (button) => picker.press(button);
const search = new Search(desk, press);
new FirstSteps(desk, state.history.length === 0);
const keyDialog = new KeyDialog(desk, state.reserved, call);
const keys = {
  ...stage.keys,
  ...picker.keys,
  z: undo,
  backspace: undo,
  s: skip,
  m: flag,
  "/": () => search.open(),
  ",": () => history.earlier(),
  ".": () => history.later(),
  "?": () => guide.toggle(),
  escape: () => guide.close() || history.close(),
};

// The second half of a double click is not meant for the sample that has just come in front.
function once(act) {
  return () => {
    if (clicks <= 1 || performance.now() - shownAt > DOUBLE_CLICK_MS) act();
  };
}

desk.addEventListener("click", (event) => (clicks = event.detail), true);
// Without scripts a class sends the form.
desk.addEventListener("submit", (event) => event.preventDefault());
desk.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-class]");
  if (button) once(() => picker.press(button))();
});
for (const [name, act] of Object.entries({
  skip,
  undo,
  flag,
  find: () => search.open(),
  "change-keys": () => keyDialog.open(),
})) {
  part(name).addEventListener("click", act);
}
listen(desk, keys, press, (event) => picker.leaves(event));
session.listen(desk);

status.waiting(outbox.length);
history.follow(outbox);
// The server's counts do not include what waits here.
for (const { kind } of outbox) {
  const by = { answer: 1, undo: -1 }[kind] ?? 0;
  status.count("today", by);
  status.count("total", by);
}
showPace();
queue.arrive(state.leases);
if (!queue.front) show();
session.send();
desk.dataset.ready = "true";
