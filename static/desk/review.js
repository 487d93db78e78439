// A wall of samples that are settled in place: chosen by a click or a key, one or many at once. Without this script
// the boxes and buttons are a form that does the same and loads the page again.

import { caller, sentence } from "./api.js";
import { state } from "./state.js";
import { say } from "./texts.js";

/** @type {HTMLFormElement} */
const form = document.querySelector("[data-review]");
const bar = form.querySelector("[data-review-bar]");
const told = form.querySelector("[data-told]");
const undo = form.querySelector("[data-undo]");
const call = caller(state.api);
const tiles = () => /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-tile]")]);
/** @returns {HTMLInputElement} */
const box = (tile) => tile.querySelector("input[name=item]");
const open = () => tiles().filter((tile) => !box(tile).disabled);
const chosen = () => open().filter((tile) => box(tile).checked);

/** What a tile says after an act. */
const DID = {
  keep: "review-did-keep",
  suggested: "review-did-suggested",
  class: "review-did-class",
  "ask-again": "review-did-ask-again",
  "set-aside": "review-did-set-aside",
};

/** The data to undo the last act: tiles, and the annotations stored for them; none where all were taken back. */
let last = [];

/** The sample of a tile, the annotation seen as its answer, and the classes that are suggested. */
function item(tile) {
  const [sample, annotation, classes] = box(tile).value.split(":");
  return { sample: Number(sample), annotation, suggested: classes };
}

/** The part of a request that says what is done about a sample. */
function act(name, of) {
  const answer = (ids) => (state.task === "single" ? { class: ids[0] } : { classes: ids });
  switch (name) {
    case "keep":
      return { keep: true };
    case "ask-again":
      return { ask_again: true };
    case "set-aside":
      return { skip: "bad data" };
    case "suggested":
      return answer(of.suggested === "none" ? [] : of.suggested.split(",").map(Number));
    default:
      return answer([Number(new FormData(form).get("class"))]);
  }
}

async function settle(name, wanted) {
  if (wanted.length === 0) return;
  if (name === "class" && !new FormData(form).get("class")) {
    tell(say("review-no-class"));
    return;
  }
  const samples = wanted.map((tile) => {
    const { sample, annotation, suggested } = item(tile);
    return { sample, ...(annotation ? { annotation } : {}), ...act(name, { suggested }) };
  });
  let done;
  try {
    done = await call("POST", "/reviews", { samples });
  } catch (failure) {
    tell(sentence(failure));
    return;
  }
  const at = wanted[0];
  last = [];
  for (const tile of wanted) {
    const stored = done.settled.find((one) => one.sample === item(tile).sample);
    mark(tile, stored ? DID[name] : "review-did-not", Boolean(stored));
    if (stored) last.push({ tile, annotation: stored.annotation });
  }
  const n = done.settled.length;
  tell(
    [say("review-settled", { n }), done.changed.length ? say("review-left", { n: done.changed.length }) : ""].join(" "),
  );
  undo.hidden = last.length === 0;
  next(at);
}

/** Show a tile's outcome. */
function mark(tile, text, good) {
  box(tile).checked = false;
  box(tile).disabled = true;
  tile.classList.add("settled");
  const said = document.createElement("span");
  said.className = `pill tiny ${good ? "good" : "warn"}`;
  said.dataset.did = "";
  said.textContent = say(text);
  tile.append(said);
}

async function takeBack() {
  const taken = last;
  last = [];
  undo.hidden = true;
  for (const { tile, annotation } of taken) {
    try {
      if (annotation) await call("DELETE", `/annotations/${annotation}`);
      else if (!(await bringBack(tile))) {
        tell(say("review-left", { n: 1 }));
        continue;
      }
    } catch (failure) {
      tell(sentence(failure));
      return;
    }
    tile.querySelector("[data-did]")?.remove();
    tile.classList.remove("settled");
    box(tile).disabled = false;
  }
  tell(say("review-taken-back", { n: taken.length }));
  focus(taken[0]?.tile);
}

/** Let the answers of a sample that is asked again stand again; whether they do. */
async function bringBack(tile) {
  const { sample, suggested } = item(tile);
  const done = await call("POST", "/reviews", { samples: [{ sample, bring_back: true }] });
  const annotation = done.settled[0]?.annotation;
  // They are new rows of the history, so the next act names the new one.
  if (annotation) box(tile).value = [sample, annotation, ...(suggested === undefined ? [] : [suggested])].join(":");
  return Boolean(annotation);
}

function tell(text) {
  told.textContent = text;
  count();
}

function count() {
  const n = chosen().length;
  form.querySelector("[data-chosen]").textContent = say("review-chosen", { n });
  bar.classList.toggle("on", n > 0);
}

function focus(tile) {
  tile?.querySelector("a")?.focus();
}

/** Move to the first waiting tile after `tile`. */
function next(tile) {
  const all = tiles();
  focus(all.slice(all.indexOf(tile)).find((one) => !box(one).disabled) ?? open()[0]);
}

/** The tile that has the focus. */
function current() {
  return /** @type {HTMLElement} */ (document.activeElement?.closest("[data-tile]"));
}

/** How many tiles are in a row. */
function columns() {
  const all = tiles();
  const below = all.findIndex((tile) => tile.offsetTop > all[0].offsetTop);
  return below < 0 ? all.length : below;
}

function step(by) {
  const all = tiles();
  const at = current() ? all.indexOf(current()) + by : 0;
  focus(all[Math.max(0, Math.min(all.length - 1, at))]);
}

const moves = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: columns };

form.addEventListener("change", count);
form.addEventListener("submit", (event) => {
  const button = /** @type {HTMLButtonElement} */ (event.submitter);
  if (button?.name !== "act") return;
  event.preventDefault();
  if (chosen().length === 0) tell(say("review-choose-first"));
  else settle(button.value, chosen());
});
form.querySelector("[data-all]").addEventListener("click", () => {
  const all = open();
  const whole = chosen().length === all.length;
  for (const tile of all) box(tile).checked = !whole;
  count();
});
undo.addEventListener("click", takeBack);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest("input:not([type=checkbox]), textarea, select")) return;
  const key = event.key;
  if (moves[key]) step(moves[key]());
  else if (key === " " && current() && !target.closest("input, button")) {
    const one = box(current());
    if (!one.disabled) one.checked = !one.checked;
    count();
  } else if (key === "z" && !undo.hidden) takeBack();
  else {
    /** @type {HTMLButtonElement} */
    const button = form.querySelector(`button[aria-keyshortcuts="${CSS.escape(key)}"][name=act]`);
    if (!button) return;
    const wanted = chosen().length > 0 ? chosen() : [current()].filter((tile) => tile && !box(tile).disabled);
    settle(button.value, wanted);
  }
  event.preventDefault();
});

count();
