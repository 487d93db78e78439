// The stage where samples are texts: fetches them ahead, shows the one in front on a page, in the size and face that the reader
// chose. See image.js for what a stage is.

import { say } from "../texts.js";
import { Arrivals, fetched } from "./arrivals.js";
import { reasons } from "./reasons.js";

/** Sizes in percent, the usual one among them. */
const SIZES = [80, 90, 100, 115, 130, 150, 180, 220];
const USUAL = 100;
/** What an arrow key scrolls, as a share of what is seen. */
const STEP = 0.2;

export class Stage {
  #on;
  #arrivals;
  #part;
  #look;
  #reasons;
  #squares;
  #shown = null;
  #keep;
  /** What keys do here. */
  keys;

  /**
   * `on` as in image.js.
   *
   * @param {HTMLElement} desk
   * @param {{ project: string, api: string }} state
   */
  constructor(desk, state, on) {
    this.#on = on;
    this.#arrivals = new Arrivals((text) => text, on);
    this.#part = (name) => desk.querySelector(`[data-${name}]`);
    const place = `querist.reading.${state.project}`;
    this.#look = { size: USUAL, serif: false, wide: false, marks: true, ...read(place) };
    this.#reasons = (sample) => reasons(state.api, sample);
    this.#squares = (id) => desk.querySelector(`[data-class="${id}"] .square`)?.className.replace("square", "") ?? "";
    this.#keep = () => keep(place, this.#look);
    const click = (name, act) => this.#part(name)?.addEventListener("click", act);
    const change = (next) => this.#change(next);
    click("larger", () => change({ size: step(this.#look.size, 1) }));
    click("smaller", () => change({ size: step(this.#look.size, -1) }));
    click("serif", () => change({ serif: !this.#look.serif }));
    click("wide", () => change({ wide: !this.#look.wide }));
    click("marks", () => this.#mark(!this.#look.marks));
    this.keys = {
      "+": () => change({ size: step(this.#look.size, 1) }),
      "=": () => change({ size: step(this.#look.size, 1) }),
      "-": () => change({ size: step(this.#look.size, -1) }),
      0: () => change({ size: USUAL }),
      f: () => change({ serif: !this.#look.serif }),
      b: () => change({ wide: !this.#look.wide }),
      i: () => this.#mark(!this.#look.marks),
      arrowdown: () => this.#scroll(STEP),
      arrowup: () => this.#scroll(-STEP),
    };
    this.#apply();
    swipes(this.#part("reading"), on);
  }

  /** Fetch a sample that will be shown. */
  prepare(card) {
    this.#arrivals.of(card);
  }

  /** Whether a text is on its way. */
  get loading() {
    return this.#arrivals.loading;
  }

  /** Whether a sample can be seen when it is shown now. */
  ready(card) {
    return this.#arrivals.of(card).content !== null;
  }

  /** Call `act` once a sample can be seen. */
  whenReady(card, act) {
    this.#arrivals.when(card, act);
  }

  /** Show a sample, also one that is on its way yet. */
  show(card) {
    const held = this.#arrivals.of(card);
    this.#shown = { card, held, parts: null };
    this.#put(held.content ?? "");
    if (held.content === null) held.waiting.push(() => this.#shown?.held === held && this.#put(held.content));
    if (this.#look.marks) this.#explain();
  }

  /** Show nothing. */
  clear() {
    this.#shown = null;
    this.#put("");
  }

  /** The address of a small picture of a sample. */
  small(card) {
    return card.thumb_url ?? "";
  }

  /** Release a sample's text. */
  release(sample) {
    this.#arrivals.release(sample);
  }

  /** Retry at once what has not arrived: requests work again. */
  again() {
    this.#arrivals.again();
  }

  /** Mark the words that speak for the model's opinion, or take the marks away. */
  #mark(marks) {
    this.#change({ marks });
    if (!this.#shown) return;
    if (marks) this.#explain();
    else this.#put(this.#shown.held.content ?? "");
  }

  /** Ask which words speak for the opinion, where one is shown, and mark them. */
  async #explain() {
    const shown = this.#shown;
    if (!shown?.card.opinion) return;
    shown.parts ??= await this.#reasons(shown.card.sample.id);
    if (this.#shown !== shown || !this.#look.marks || shown.held.content === null || !shown.parts.length) return;
    this.#part("body").replaceChildren(...marked(shown.held.content, shown.parts, this.#squares));
  }

  #put(text) {
    this.#part("page").hidden = text === "";
    this.#part("body").textContent = text;
    this.#part("length").textContent = text === "" ? "" : say("text-length", { n: words(text) });
    this.#part("reading").scrollTop = 0;
  }

  #scroll(share) {
    const reading = this.#part("reading");
    reading.scrollTop += share * reading.clientHeight;
  }

  #change(next) {
    Object.assign(this.#look, next);
    this.#keep();
    this.#apply();
    if (next.size) this.#on.say(`${next.size} %`);
  }

  #apply() {
    const { size, serif, wide, marks } = this.#look;
    const page = this.#part("page");
    for (const one of SIZES) page.classList.toggle(`size-${one}`, one === size);
    page.classList.toggle("serif", serif);
    page.classList.toggle("wide", wide);
    const size_ = this.#part("size");
    if (size_) size_.textContent = `${size} %`;
    this.#part("serif")?.setAttribute("aria-pressed", String(serif));
    this.#part("wide")?.setAttribute("aria-pressed", String(wide));
    this.#part("marks")?.setAttribute("aria-pressed", String(marks));
  }
}

/** A text with marks where its parts speak for a class; `look(class)` names the class's colour. */
export function marked(text, parts, look) {
  const made = [];
  let at = 0;
  for (const { from, to, class: id } of parts) {
    if (from < at || to > text.length) continue;
    if (from > at) made.push(text.slice(at, from));
    const mark = document.createElement("mark");
    mark.className = `desk-mark ${look(id)}`.trim();
    mark.textContent = text.slice(from, to);
    made.push(mark);
    at = to;
  }
  if (at < text.length) made.push(text.slice(at));
  return made;
}

/** Words of a text; a script without blanks counts its letters. */
export function words(text) {
  const parted = text.split(/\s+/).filter(Boolean).length;
  const dense = text.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g)?.length ?? 0;
  return Math.max(parted, dense);
}

/** The size after or before one. */
export function step(size, by) {
  const at = SIZES.indexOf(size);
  return SIZES[Math.min(Math.max((at < 0 ? SIZES.indexOf(USUAL) : at) + by, 0), SIZES.length - 1)];
}

/** Swipes to the side, where fingers do not select or scroll. */
function swipes(element, on) {
  let from = null;
  element.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "touch" ? { x: event.clientX, y: event.clientY } : null;
  });
  element.addEventListener("pointerup", (event) => {
    if (!from || getSelection()?.toString()) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    from = null;
    if (Math.abs(x) < 60 || Math.abs(x) < 2 * Math.abs(y)) return;
    (x > 0 ? on.right : on.left)();
  });
}

function read(place) {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? "{}");
    const known = { size: SIZES.includes(kept.size), serif: true, wide: true, marks: true };
    return Object.fromEntries(Object.entries(kept).filter(([name]) => known[name]));
  } catch {
    return {};
  }
}

function keep(place, look) {
  try {
    localStorage.setItem(place, JSON.stringify(look));
  } catch {
    // Only the look is lost.
  }
}

/** A sample as large as there is room: its whole text. */
export function look(card, name) {
  const page = document.createElement("div");
  page.className = "desk-page desk-body";
  page.dir = "auto";
  page.textContent = card.view?.excerpt ?? name;
  fetched(card)
    .then((text) => (page.textContent = text))
    .catch(() => {});
  return page;
}

/** Nothing of a text's tile has to be loaded ahead: its words come with the lease. */
export function load() {}

/** A sample as a tile of a group: its first words. */
export function tile(card, name, on) {
  const words = document.createElement("span");
  words.className = "grid-words";
  words.dir = "auto";
  words.textContent = card.view?.excerpt ?? name;
  queueMicrotask(on.shown);
  return words;
}
