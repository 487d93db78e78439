// Many at a time: pictures that are alike, one class for all that are chosen, one key to take the whole group back.
//
// A group's answers go into an outbox in the browser's storage first, as on the desk, and leave it with the server's receipt.
// The next group is leased and its pictures are loaded while this one is looked at.

import { away, caller, sentence, uuid } from "./api.js";
import { Kept } from "./kept.js";
import { listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Sender } from "./sender.js";
import { SignIn } from "./sign_in.js";
import { Status } from "./status.js";
import { say } from "./texts.js";

const MOST_PASSED = 2000;
const MOST_UNDONE = 50;
const LOOK_AGAIN_MS = 3000;
const MOST_AT_ONCE = 64;

const page = document.querySelector("[data-grid]");
const part = (name) => page.querySelector(`[data-${name}]`);
const { api, project, account } = page.dataset;
const call = caller(api);
const status = new Status(page);
const outbox = new Outbox(`querist.groups.${project}.${account}.`, (n) => status.waiting(n, "saving-groups"));
const sender = new Sender(call, outbox, { stored, refused, stuck: trouble, empty: () => {} });
const signIn = new SignIn(comeBack);
const passed = new Kept("sessionStorage", `querist.passed.${project}.${account}`, MOST_PASSED);
// Beyond this tab: who closed it by mistake may still take the last group back.
const confirmed = new Kept("localStorage", `querist.confirmed.${project}.${account}`, MOST_UNDONE);
const buttons = [...page.querySelectorAll("[data-class]")];

let size = Number(sessionStorage.getItem("querist.grid.size")) || Number(page.dataset.size);
let group = null;
let coming = null;
let chosen = null;
let shownAt = 0;
let asking = 0;
let signedOut = false;
// Leases that no answer has used yet.
const held = new Set();

// ---- groups -----------------------------------------------------------------------------------------------------------

/** Ask for a group; resolves to it, or to the reason why there is none. */
async function lease(insteadOf = []) {
  const number = (name) => (page.dataset[name] ? Number(page.dataset[name]) : undefined);
  const answer = await call("POST", "/groups", {
    size, passed: passed.items, instead_of: insteadOf, like: number("like"), class: number("classWanted"),
  });
  answer.group?.leases.forEach(picture);
  answer.group?.leases.forEach((lease) => held.add(lease.lease));
  return answer;
}

function picture(lease) {
  const loaded = new Image();
  loaded.src = lease.thumb_url;
  loaded.decode?.().catch(() => {});
}

/** Show the group that was asked for ahead, or ask for one. */
async function next(insteadOf = []) {
  const mine = ++asking;
  const ahead = insteadOf.length === 0 ? coming : null;
  coming = null;
  busy(true);
  try {
    const answer = (await ahead) ?? (await lease(insteadOf));
    // Somebody who asked again in between wants that one.
    if (mine === asking) show(answer);
  } catch (failure) {
    if (mine !== asking) return;
    trouble(failure);
    if (failure.passing || failure.status === 401) setTimeout(() => mine === asking && next(insteadOf), LOOK_AGAIN_MS);
  }
}

function show({ group: found, empty }) {
  group = found ? { ...found, left: new Set(), unseen: found.leases.length } : null;
  const tiles = (found?.leases ?? []).map((lease, at) => tile(group, lease, at));
  part("tiles").replaceChildren(...tiles);
  part("tiles").hidden = !found;
  part("empty").hidden = Boolean(found);
  part("reason").textContent = empty ?? "";
  part("about").textContent = found?.about ?? "";
  const like = part("like-picture");
  like.hidden = !found?.like_url;
  if (found?.like_url) like.src = found.like_url;
  busy(false);
  choose(buttons.find((button) => Number(button.dataset.class) === found?.class) ?? null);
  tiles[0]?.firstElementChild.focus({ preventScroll: true });
  shownAt = performance.now();
  performance.mark("querist:group");
  if (found) {
    status.say(say("grid-shown", { n: found.leases.length, about: found.about }));
    coming = lease().catch(() => null);
  } else {
    // Samples come in, are encoded, or come back from others.
    const mine = asking;
    setTimeout(() => mine === asking && next(), LOOK_AGAIN_MS);
  }
}

function tile(of, lease, at) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const image = document.createElement("img");
  button.type = "button";
  button.className = "grid-tile";
  button.dataset.at = at;
  button.setAttribute("aria-pressed", "true");
  button.tabIndex = at === 0 ? 0 : -1;
  image.addEventListener("load", () => requestAnimationFrame(() => painted(of)));
  image.addEventListener("error", () => missing(of, button, lease));
  image.src = lease.thumb_url;
  image.alt = say("grid-picture", { n: at + 1 });
  image.draggable = false;
  button.append(image);
  item.append(button);
  return item;
}

/** No answer is for a picture that nobody has seen: the group waits until the last one is on the page. */
function painted(of) {
  of.unseen -= 1;
  if (of !== group) return;
  if (of.unseen === 0) shownAt = performance.now();
  words();
}

/** A picture that does not come is left out. */
function missing(of, button, lease) {
  of.left.add(lease.sample.id);
  button.setAttribute("aria-pressed", "false");
  button.disabled = true;
  painted(of);
}

function blank() {
  const item = document.createElement("li");
  item.className = "grid-blank";
  return item;
}

const tiles = () => [...part("tiles").querySelectorAll(".grid-tile")];

function toggle(button) {
  const sample = group.leases[button.dataset.at].sample.id;
  const out = group.left.delete(sample) ? false : Boolean(group.left.add(sample));
  button.setAttribute("aria-pressed", String(!out));
  words();
}

function move(by) {
  const all = tiles();
  const at = all.indexOf(document.activeElement);
  const to = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  all.forEach((button) => { button.tabIndex = button === to ? 0 : -1; });
  to?.focus();
}

/** Tiles in a row, as they are laid out now. */
function columns() {
  const all = tiles();
  const first = all[0]?.getBoundingClientRect().top;
  const row = all.findIndex((button) => button.getBoundingClientRect().top > first + 4);
  return row < 0 ? all.length : row;
}

// ---- the answer -------------------------------------------------------------------------------------------------------

function choose(button) {
  chosen = button;
  for (const each of buttons) {
    each.setAttribute("aria-checked", String(each === button));
    each.tabIndex = each === (button ?? buttons[0]) ? 0 : -1;
  }
  words();
}

function words() {
  const n = group ? group.leases.length - group.left.size : 0;
  const name = chosen?.dataset.name;
  part("question").textContent = name ? say("grid-all", { class: name }) : say(group ? "grid-what" : "grid-title");
  const unseen = group?.unseen ?? 0;
  part("confirm-text").textContent = unseen > 0 ? say("grid-waits", { n: unseen }) : !name ? say("grid-choose") : n === 0 ? say("grid-leave-out") : say("grid-are", { n, class: name });
  part("confirm").disabled = !group || !name || unseen > 0;
  part("undo").disabled = confirmed.items.length === 0;
}

function busy(on) {
  part("tiles").setAttribute("aria-busy", String(on));
  // Room for the pictures that are looked for, so that nothing jumps when they come.
  if (on && !group) part("tiles").replaceChildren(...Array.from({ length: size }, blank));
  part("other").disabled = on;
  if (on) part("confirm").disabled = true;
}

function confirm() {
  if (!group || !chosen || part("confirm").disabled) return;
  const [taken, odd] = [[], []];
  for (const lease of group.leases) (group.left.has(lease.sample.id) ? odd : taken).push(lease);
  const answers = taken.map((lease) => ({ id: uuid(), sample: lease.sample.id, lease: lease.lease }));
  const seconds = Math.round(performance.now() - shownAt) / 1000;
  passed.add(...odd.map((lease) => lease.sample.id));
  const body = { class: Number(chosen.dataset.class), answers, odd: odd.map((lease) => lease.lease), seconds };
  if (answers.length > 0) confirmed.add(answers.map((answer) => answer.id));
  group.leases.forEach((lease) => held.delete(lease.lease));
  outbox.put({ id: uuid(), kind: "group", body });
  status.say(part("confirm-text").textContent);
  group = null;
  next();
  sender.send();
}

function other() {
  if (!group) return;
  passed.add(...group.leases.map((lease) => lease.sample.id));
  const leases = group.leases.map((lease) => lease.lease);
  group = null;
  // The one that waits was found before these were passed over, and may be shown.
  const ahead = coming;
  if (ahead) giveBack(leases);
  next(ahead ? [] : leases);
}

/** Leases that nobody looks at any more run out by themselves; giving them back is a courtesy to others. */
function giveBack(leases) {
  for (const lease of leases) {
    held.delete(lease);
    call("DELETE", `/leases/${lease}`).catch(() => {});
  }
}

function undo() {
  const annotations = confirmed.pop();
  if (!annotations) return;
  words();
  outbox.put({ id: uuid(), kind: "ungroup", body: { annotations } });
  sender.send();
}

function resize(by) {
  const to = Math.min(Number(page.dataset.most), Math.max(Number(page.dataset.least), size + by));
  if (to === size) return;
  size = to;
  sessionStorage.setItem("querist.grid.size", size);
  part("size-now").textContent = size;
  const leases = [...(group?.leases ?? [])].map((lease) => lease.lease);
  coming?.then((answer) => giveBack((answer?.group?.leases ?? []).map((lease) => lease.lease)));
  coming = null;
  next(leases);
}

// ---- what the server says ---------------------------------------------------------------------------------------------

function stored(item, receipt) {
  status.progress(receipt.progress);
  const { refused } = receipt;
  if (item.kind === "ungroup") {
    const back = receipt.leases ?? [];
    if (back.length > 0) {
      // The same pictures again, to be answered rightly; those that were on the page may be looked at by others.
      giveBack((group?.leases ?? []).map((lease) => lease.lease));
      back.forEach((lease) => held.add(lease.lease));
      asking += 1;
      show({ group: { kind: "alike", class: null, about: say("grid-taken-back"), leases: back } });
    }
    status.say(say("grid-undone", { n: receipt.done.length }));
  }
  const what = item.kind === "group" ? "grid-not-stored" : "grid-not-undone";
  status.notice(refused.length === 0 ? null : say(what, { n: refused.length, reason: sentence({ message: refused[0].reason }) }));
}

function refused(item, failure) {
  status.notice(say("not-stored", { reason: sentence(failure) }));
}

function trouble(failure) {
  if (failure.status === 401) {
    status.notice(say("session-over-kept"), true);
    // Nothing left to do but this; who puts it off is not asked again.
    if (!group && !signedOut) signIn.open();
    signedOut = true;
  }
  else if (failure.passing) status.notice(outbox.length > 0 ? say("grid-answers-wait") : away(failure));
  else status.notice(sentence(failure));
}

/** Somebody is signed in again: what waited goes on. */
function comeBack() {
  signedOut = false;
  status.notice(null);
  sender.send();
  if (!group) next();
}

// ---- hands on keys and buttons ----------------------------------------------------------------------------------------

/** The picture that has the focus, or the first, as large as there is room. */
function look() {
  const all = tiles();
  const button = all.includes(document.activeElement) ? document.activeElement : all[0];
  if (!button) return;
  const lease = group.leases[button.dataset.at];
  part("look-picture").src = lease.view?.url ?? lease.media_url;
  part("look").showModal();
}

part("tiles").addEventListener("click", (event) => {
  const button = event.target.closest(".grid-tile");
  if (button && group) toggle(button);
});
part("classes").addEventListener("click", (event) => {
  const button = event.target.closest("[data-class]");
  if (button) choose(button);
});
part("confirm").addEventListener("click", confirm);
part("notice-link").addEventListener("click", () => signIn.open());
part("look").addEventListener("click", () => part("look").close());
part("look").addEventListener("keydown", (event) => event.key.toLowerCase() === "f" && part("look").close());
part("other").addEventListener("click", other);
part("undo").addEventListener("click", undo);
part("smaller").addEventListener("click", () => resize(-4));
part("larger").addEventListener("click", () => resize(4));

/** Inside the classes arrows move between classes, elsewhere between pictures. */
function arrow(along, across) {
  return () => {
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return move(along || across * columns());
    const to = buttons[(at + (along || across) + buttons.length) % buttons.length];
    choose(to);
    to.focus();
  };
}

listen(page, {
  enter: () => {
    const focused = document.activeElement;
    if (focused?.closest(".grid-acts, .grid-head")) focused.click();
    else confirm();
  },
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
}, choose);

// Whoever leaves gives back what nobody has looked at, so that it is not asked on the desk next; a page that comes back from the
// browser's memory asks anew.
window.addEventListener("pagehide", () => {
  const leases = [...held];
  held.clear();
  for (let at = 0; at < leases.length; at += MOST_AT_ONCE) {
    const body = { class: 0, answers: [], odd: leases.slice(at, at + MOST_AT_ONCE) };
    navigator.sendBeacon(`${api}/groups/answers`, new Blob([JSON.stringify(body)], { type: "application/json" }));
  }
});
window.addEventListener("pageshow", (event) => event.persisted && next());
window.addEventListener("online", () => sender.send());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sender.send());

part("size-now").textContent = size;
status.waiting(outbox.length, "saving-groups");
sender.send();
next();
page.dataset.ready = "true";
