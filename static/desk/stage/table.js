// The stage where samples are rows of a table: fetches them ahead, shows the one in front as a record, a line for each column, those
// first that speak for the model's opinion. See image.js for what a stage is. Where a number stands is told among the rows that this
// visit has fetched so far.

import { say } from "../texts.js";
import { Arrivals, fetched } from "./arrivals.js";
import { reasons } from "./reasons.js";

/** What an arrow key scrolls, as a share of what is seen. */
const STEP = 0.2;
/** Numbers of a column from which on it is told where one stands, and rows that are remembered. */
const LEAST_SEEN = 20;
const MOST_SEEN = 2000;

export class Stage {
  #arrivals;
  #part;
  #shown = null;
  #seen = new Seen();
  #marks;
  #reasons;
  #squares;
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
    this.#arrivals = new Arrivals((json, { sample }) => {
      const row = fields(json);
      this.#seen.add(sample.id, row);
      return row;
    }, on);
    this.#part = (name) => desk.querySelector(`[data-${name}]`);
    const place = `querist.record.${state.project}`;
    this.#marks = kept(place);
    this.#keep = () => keep(place, this.#marks);
    this.#reasons = (sample) => reasons(state.api, sample);
    this.#squares = (id) => desk.querySelector(`[data-class="${id}"] .square`)?.className.replace("square", "") ?? "";
    this.#part("marks")?.addEventListener("click", () => this.#mark(!this.#marks));
    this.#press();
    this.keys = {
      i: () => this.#mark(!this.#marks),
      arrowdown: () => this.#scroll(STEP),
      arrowup: () => this.#scroll(-STEP),
    };
  }

  /** Fetch a sample that will be shown. */
  prepare(card) {
    this.#arrivals.of(card);
  }

  /** Whether a row is on its way. */
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
    const shown = { card, held, parts: null };
    this.#shown = shown;
    this.#put(held.content);
    if (held.content === null) held.waiting.push(() => this.#shown === shown && this.#redraw());
    if (this.#marks) this.#explain();
  }

  /** Show nothing. */
  clear() {
    this.#shown = null;
    this.#put(null);
  }

  /** The address of a small picture of a sample. */
  small(card) {
    return card.thumb_url ?? "";
  }

  /** Release a sample's row. */
  release(sample) {
    this.#arrivals.release(sample);
  }

  /** Retry at once what has not arrived: requests work again. */
  again() {
    this.#arrivals.again();
  }

  /** Mark the columns that speak for the model's opinion, or take the marks away. */
  #mark(marks) {
    this.#marks = marks;
    this.#keep();
    this.#press();
    if (marks) this.#explain();
    else this.#redraw();
  }

  #press() {
    this.#part("marks")?.setAttribute("aria-pressed", String(this.#marks));
  }

  /** Ask which columns speak for the opinion, where one is shown, and mark them. */
  async #explain() {
    const shown = this.#shown;
    if (!shown?.card.opinion) return;
    shown.parts ??= await this.#reasons(shown.card.sample.id);
    if (this.#shown === shown) this.#redraw();
  }

  /** Show the row in front anew. */
  #redraw() {
    if (this.#shown) this.#put(this.#shown.held.content, this.#marks ? (this.#shown.parts ?? []) : []);
  }

  #put(row, parts = []) {
    const lines = ordered(row ?? [], parts).map(([[name, value], speaks]) =>
      line(name, value, this.#seen.share(name, value), speaks === null ? null : this.#squares(speaks)),
    );
    this.#part("record").replaceChildren(...lines);
    this.#part("page").hidden = row === null;
    this.#part("reading").scrollTop = 0;
  }

  #scroll(share) {
    const reading = this.#part("reading");
    reading.scrollTop += share * reading.clientHeight;
  }
}

/** Fields with the class that each speaks for, or null: those that speak first, the strongest before the others. */
export function ordered(row, parts) {
  const gains = new Map(parts.map((part) => [part.from, part]));
  const speaks = row.map((field, at) => [field, gains.get(at)?.class ?? null, gains.get(at)?.gain ?? 0]);
  return speaks.sort((a, b) => b[2] - a[2]).map(([field, id]) => [field, id]);
}

function kept(place) {
  try {
    return localStorage.getItem(place) !== "plain";
  } catch {
    return true;
  }
}

function keep(place, marks) {
  try {
    localStorage.setItem(place, marks ? "marks" : "plain");
  } catch {
    // Only the look is lost.
  }
}

/** The fields of a flat JSON object in their order, which objects of scripts lose where names are numbers. */
export function fields(json) {
  const row = JSON.parse(json);
  const names = [];
  for (const [text, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon) names.push(JSON.parse(text.slice(0, -colon.length)));
  }
  return names.map((name) => [name, row[name]]);
}

/** A column's name and its unit: `flow [m³/h]`. */
export function withUnit(name) {
  const parted = name.trim().match(/^(.*\S)\s*\[([^\]]*)\]$/);
  return parted ? [parted[1], parted[2].trim()] : [name.trim(), ""];
}

/** The numbers of each column in the rows that were fetched, each row once. */
export class Seen {
  #rows = new Set();
  #columns = new Map();

  add(sample, row) {
    if (this.#rows.has(sample) || this.#rows.size >= MOST_SEEN) return;
    this.#rows.add(sample);
    for (const [name, value] of row) {
      if (typeof value !== "number") continue;
      if (!this.#columns.has(name)) this.#columns.set(name, []);
      this.#columns.get(name).push(value);
    }
  }

  /** The share of a column's numbers that are smaller, 0 to 1; null where there are too few to tell. */
  share(name, value) {
    const known = this.#columns.get(name);
    if (typeof value !== "number" || !known || known.length < LEAST_SEEN) return null;
    return known.filter((other) => other < value).length / known.length;
  }
}

/** A number as people read it. */
export function written(value) {
  if (typeof value === "boolean") return say(value ? "table-yes" : "table-no");
  if (typeof value !== "number") return value;
  const plain = String(value);
  const [whole, fraction] = plain.split(".");
  if (plain.includes("e") || whole.replace("-", "").length < 5) return plain;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** A line of the record; `look` is the colour of the class that it speaks for, null where it speaks for none. */
function line(name, value, share, look = null) {
  const [own, unit] = withUnit(name);
  const row = document.createElement("tr");
  const make = (tag, className, text) => {
    const cell = document.createElement(tag);
    cell.className = className;
    cell.textContent = text;
    row.append(cell);
    return cell;
  };
  const head = make("th", "", look === null ? own : "");
  if (look !== null) {
    const mark = document.createElement("mark");
    mark.className = `desk-mark ${look}`.trim();
    mark.textContent = own;
    head.append(mark);
  }
  head.setAttribute("scope", "row");
  head.dir = "auto";
  if (value === null) {
    make("td", "table-missing quiet", say("table-missing")).setAttribute("colspan", "3");
    return row;
  }
  const text = typeof value === "string";
  const cell = make("td", text ? "table-text" : "num", written(value));
  cell.dir = "auto";
  if (text) cell.setAttribute("colspan", unit ? "1" : "3");
  if (!text || unit) make("td", "table-unit quiet", unit);
  if (!text) {
    const where = make("td", "table-place", "");
    if (share !== null) where.append(...bar(share));
  }
  return row;
}

/** Where a value stands among all. */
function bar(share) {
  const percent = Math.round(100 * share);
  const meter = document.createElement("progress");
  meter.max = 100;
  meter.value = percent;
  meter.setAttribute("aria-hidden", "true");
  const said = document.createElement("span");
  said.className = "num quiet";
  said.textContent = say("table-higher", { n: percent });
  return [meter, said];
}

/** A sample as large as there is room: its whole record. */
export function look(card, name) {
  const page = document.createElement("div");
  page.className = "desk-page table-page";
  const record = document.createElement("table");
  record.className = "table-record";
  page.append(record);
  record.setAttribute("aria-label", name);
  fetched(card)
    .then((json) => record.replaceChildren(...fields(json).map(([own, value]) => line(own, value, null))))
    .catch(() => {});
  return page;
}

export { load, tile } from "./text.js";
