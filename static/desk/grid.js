// Many at a time: samples that are alike, one answer for all that are taken, one key to take the whole group back.
//
// A group's answers go into an outbox in the browser's storage first, as on the desk, and leave it with the server's receipt.
// The next group is leased and loaded while this one is looked at.

import { caller, sentence, uuid } from "./api.js";
import { Board } from "./grid/board.js";
import { Groups } from "./grid/groups.js";
import { Kept } from "./kept.js";
import { listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { picker as pickerFor } from "./picker.js";
import { Session, why } from "./session.js";
import { SignIn } from "./sign_in.js";
import { state } from "./state.js";
import { Status } from "./status.js";
import { say } from "./texts.js";

const { look: large, load, tile } = await import(`./stage/${state.modality}.js`);

const MOST_PASSED = 2000;
const MOST_UNDONE = 50;
const LOOK_AGAIN_MS = 3000;
const SIZE = "querist.grid.size";
/** All groups share one choice, which each begins anew. */
const GROUP = 0;

/** @type {HTMLElement} */
const page = document.querySelector("[data-grid]");
const part = (name) => page.querySelector(`[data-${name}]`);
const call = caller(state.api);
const status = new Status(page, { saving: "saving-groups", away: "offline-groups" });
const who = `${state.project}.${state.account}`;
const passed = new Kept("sessionStorage", `querist.passed.${who}`, MOST_PASSED);
// Outlives the tab: if it was closed by mistake, the last group can still be taken back.
const confirmed = new Kept("localStorage", `querist.confirmed.${who}`, MOST_UNDONE);
const groups = new Groups(call, state, passed, Number(sessionStorage.getItem(SIZE)) || state.size, load);
const board = new Board(part("tiles"), tile, seen);
const picker = pickerFor(
  page,
  state.task,
  { answer: confirm, changed: words, tell: (text) => status.say(text) },
  state.none,
);
const outbox = new Outbox(`querist.groups.${who}.`, (n) => status.waiting(n));
const signIn = new SignIn(() => session.comeBack());
const session = new Session(
  { call, outbox, status, signIn, words: { wait: "grid-answers-wait", away: "groups-kept" } },
  { stored, refused, again: () => group ?? next(), idle: () => !group },
);

/** @type {import("./grid/groups.js").Group | null} */
let group = null;
let shownAt = 0;
/** Whether the whole group was seen, which starts its time. */
let timed = false;
let asking = 0;
/** Whether another group is being requested. */
let looking = false;

// ---- groups ---------------------------------------------------------------------------------------------------------

/** Show the prefetched group, or request one. */
async function next(insteadOf = []) {
  const mine = ++asking;
  busy(true);
  try {
    const answer = await groups.next(insteadOf);
    // A newer request replaces this one.
    if (mine === asking) show(answer);
    session.reached();
  } catch (failure) {
    if (mine !== asking) return;
    session.trouble(failure);
    if (failure.passing || failure.status === 401) setTimeout(() => mine === asking && next(insteadOf), LOOK_AGAIN_MS);
  }
}

/** @param {{ group?: import("./grid/groups.js").Group, empty?: string }} answer */
function show({ group: found, empty }) {
  group = found ?? null;
  timed = false;
  board.show(found?.leases ?? []);
  part("empty").hidden = Boolean(found);
  page.classList.toggle("finished", !found);
  part("reason").textContent = empty ?? "";
  part("about").textContent = found?.about ?? "";
  const like = part("like-picture");
  like.hidden = !found?.like_url;
  if (found?.like_url) like.src = found.like_url;
  busy(false);
  picker.forget(GROUP);
  picker.begin(GROUP, found?.classes ?? [found?.class]);
  shownAt = performance.now();
  performance.mark("querist:group");
  if (found) {
    status.say(say("grid-shown", { n: found.leases.length, about: found.about }));
    groups.ahead();
  } else {
    // Samples come in, are encoded, or come back from others.
    const mine = asking;
    setTimeout(() => mine === asking && next(), LOOK_AGAIN_MS);
  }
}

/** The time for an answer starts when the whole group has been seen. */
function seen() {
  if (board.unseen === 0 && !timed) {
    shownAt = performance.now();
    timed = true;
  }
  words();
}

function busy(on) {
  looking = on;
  board.busy(on);
  if (on && !group) board.wait(groups.size);
  part("other").disabled = on;
  if (on) part("confirm").disabled = true;
}

// ---- the answer -----------------------------------------------------------------------------------------------------

function words() {
  const n = board.taken.length;
  const name = picker.name;
  const unseen = board.unseen;
  part("question").textContent = name ? say("grid-all", { class: name }) : say(group ? "grid-what" : "grid-title");
  part("confirm-text").textContent = button(n, name, unseen);
  part("confirm").disabled = !group || !name || unseen > 0;
  part("undo").disabled = confirmed.items.length === 0;
}

function button(n, name, unseen) {
  if (unseen > 0) return say("grid-waits", { n: unseen });
  if (!name) return say("grid-choose");
  return n === 0 ? say("grid-leave-out") : say("grid-are", { n, class: name });
}

/**
 * Answer for all that are taken; `said` is what is chosen, or another answer that needs no choice.
 *
 * @param {import("./picker.js").Said} [said]
 */
function confirm(said = picker.said) {
  if (!group || !said || looking || board.unseen > 0) return;
  const { taken, odd } = board;
  const answers = taken.map((lease) => ({ id: uuid(), sample: lease.sample.id, lease: lease.lease }));
  const seconds = Math.round(performance.now() - shownAt) / 1000;
  passed.add(...odd.map((lease) => lease.sample.id));
  if (answers.length > 0) confirmed.add(answers.map((answer) => answer.id));
  groups.used(group.leases);
  outbox.put({ id: uuid(), kind: "group", body: { ...said, answers, odd: odd.map((lease) => lease.lease), seconds } });
  status.say(part("confirm-text").textContent);
  group = null;
  next();
  session.send();
}

function other() {
  if (!group) return;
  const { leases } = group;
  passed.add(...leases.map((lease) => lease.sample.id));
  group = null;
  // The waiting group was chosen before these were passed over, and may still be shown.
  const ahead = groups.waits;
  if (ahead) groups.giveBack(leases);
  next(ahead ? [] : leases);
}

function undo() {
  const annotations = confirmed.pop();
  if (!annotations) return;
  words();
  session.put({ id: uuid(), kind: "ungroup", body: { annotations } });
}

function resize(by) {
  const to = Math.min(state.most, Math.max(state.least, groups.size + by));
  if (to === groups.size) return;
  groups.size = to;
  sessionStorage.setItem(SIZE, String(to));
  part("size-now").textContent = String(to);
  groups.drop();
  next(group?.leases ?? []);
}

// ---- its outcome ----------------------------------------------------------------------------------------------------

/** @param {import("./session.js").Item} item */
function stored(item, { refused, done, leases: back = [] }) {
  if (item.kind === "ungroup") {
    if (back.length > 0) {
      // Show the same samples again, to correct the answer; the ones on the page go back for others.
      groups.giveBack(group?.leases ?? []);
      groups.hold(back);
      asking += 1;
      show({ group: { kind: "alike", about: say("grid-taken-back"), leases: back } });
    }
    status.say(say("grid-undone", { n: done.length }));
  }
  if (refused.length === 0) return;
  const what = item.kind === "group" ? "grid-not-stored" : "grid-not-undone";
  status.notice(say(what, { n: refused.length, reason: sentence({ message: refused[0].reason }) }));
}

function refused(item, failure) {
  status.notice(why("not-stored", failure));
}

// ---- hands on keys and buttons --------------------------------------------------------------------------------------

/** The sample that has the focus, or the first, as large as there is room. */
function look() {
  const lease = board.current;
  if (!lease) return;
  part("look-sample").replaceChildren(large(lease, part("look").getAttribute("aria-label")));
  part("look").showModal();
}

/** Inside the classes arrows move between classes, elsewhere between samples. */
function arrow(along, across) {
  return () => {
    const classes = [...page.querySelectorAll("[data-class]")];
    const at = classes.indexOf(document.activeElement);
    if (at < 0) {
      board.move(along, across);
      return;
    }
    const to = classes[(at + (along || across) + classes.length) % classes.length];
    picker.reach(to);
    to.focus();
  };
}

function enter() {
  /** @type {HTMLElement} */
  const focused = document.activeElement?.closest(".grid-acts button, .grid-head a, .grid-head button");
  if (focused) focused.click();
  else confirm();
}

part("classes").addEventListener("click", (event) => {
  const button = event.target.closest("[data-class]");
  if (button) picker.press(button);
});
part("look").addEventListener("click", () => part("look").close());
part("look").addEventListener("keydown", (event) => event.key.toLowerCase() === "f" && part("look").close());
for (const [name, act] of Object.entries({
  confirm: () => confirm(),
  other,
  undo,
  smaller: () => resize(-4),
  larger: () => resize(4),
})) {
  part(name).addEventListener("click", act);
}
listen(
  page,
  {
    ...picker.keys,
    enter,
    arrowleft: arrow(-1, 0),
    arrowright: arrow(1, 0),
    arrowup: arrow(0, -1),
    arrowdown: arrow(0, 1),
    f: look,
    z: undo,
    backspace: undo,
    s: other,
    "+": () => resize(4),
    "=": () => resize(4),
    "-": () => resize(-4),
  },
  (button) => picker.press(button),
);
session.listen(page);

// On leaving, unseen samples are given back, so that they are not asked on the desk next; a page restored from the
// browser's cache asks again.
window.addEventListener("pagehide", () => groups.leave(picker.unsaid));
window.addEventListener("pageshow", (event) => event.persisted && next());

part("size-now").textContent = String(groups.size);
status.waiting(outbox.length);
session.send();
next();
page.dataset.ready = "true";
