// The stage where samples are time series: loads their numbers ahead, draws the one in front, and lets hands and keys zoom, move and
// point. See `stage/image.js` for what a stage owes the desk.

import { say } from "../texts.js";
import { follow } from "./image/gestures.js";
import { Chart } from "./series/chart.js";

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10000;

/** @typedef {{ data: object | null, failed: boolean, wait: number, waiting: (() => void)[], card: object }} Held */

export class Stage {
  #chart;
  #on;
  /** @type {Map<number, Held>} */
  #held = new Map();
  /** What is shown as soon as it arrives. @type {Held | null} */
  #shown = null;
  #same;
  #axes;
  #kept;
  /** What keys do here. */
  keys;

  /**
   * @param {HTMLElement} desk
   * @param {{ project: string }} state
   */
  constructor(desk, state, on) {
    this.#on = on;
    const chart = (this.#chart = new Chart(desk));
    this.#kept = `querist.axes.${state.project}`;
    this.#axes = desk.querySelector("[data-same-axes]");
    const click = (name, act) => desk.querySelector(`[data-${name}]`).addEventListener("click", act);
    click("zoom-out", () => chart.further());
    click("zoom-in", () => chart.closer());
    click("zoom-fit", () => chart.fit());
    click("same-axes", () => this.#toggle());
    follow(desk.querySelector("[data-glass]"), chart, on);
    const arrow = (by) => (event) => (event.shiftKey ? chart.look(by) : on.say(chart.step(by)));
    this.keys = {
      f: () => chart.fit(),
      0: () => chart.fit(),
      "+": () => chart.closer(),
      "=": () => chart.closer(),
      "-": () => chart.further(),
      arrowleft: arrow(-1),
      arrowright: arrow(1),
      i: () => this.#toggle(),
    };
    this.#use(stored(this.#kept));
  }

  /** Load what will be shown of a sample. */
  prepare(card) {
    this.#load(card);
  }

  /** Whether a series is on its way. */
  get loading() {
    return [...this.#held.values()].some(({ data, failed }) => !data && !failed);
  }

  /** Whether a sample can be seen when it is shown now. */
  ready(card) {
    return this.#load(card).data !== null;
  }

  /** Call `act` once a sample can be seen. */
  whenReady(card, act) {
    const held = this.#load(card);
    if (held.data) act();
    else held.waiting.push(act);
  }

  /** Show a sample, also one that is loading yet. */
  show(card) {
    const held = this.#load(card);
    if (held.data) {
      this.#chart.show(held.data);
      return;
    }
    this.#chart.clear();
    this.#shown = held;
    held.waiting.push(() => this.#shown === held && this.#chart.show(held.data));
  }

  /** Show nothing. */
  clear() {
    this.#shown = null;
    this.#chart.clear();
  }

  /** The address of a small picture of a sample. */
  small(card) {
    return drawing(card);
  }

  /** Release a sample's numbers. */
  release(sample) {
    this.#held.delete(sample);
  }

  /** Retry at once what has not arrived: requests work again. */
  again() {
    for (const held of this.#held.values()) if (held.failed) this.#fetch(held);
  }

  /** The sample's series, loading or loaded; one that does not arrive is requested again. */
  #load(card) {
    const there = this.#held.get(card.sample.id);
    if (there) return there;
    /** @type {Held} */
    const held = { data: null, failed: false, wait: FIRST_RETRY_MS, waiting: [], card };
    this.#held.set(card.sample.id, held);
    this.#fetch(held);
    return held;
  }

  async #fetch(held) {
    held.failed = false;
    try {
      const response = await fetch(held.card.media_url);
      if (!response.ok) throw new Error(String(response.status));
      held.data = await response.json();
      for (const act of held.waiting.splice(0)) act();
    } catch {
      held.failed = true;
      setTimeout(() => {
        if (held.failed && [...this.#held.values()].includes(held)) this.#fetch(held);
      }, held.wait);
      held.wait = Math.min(held.wait * 2, LAST_RETRY_MS);
    }
    setTimeout(() => this.loading || this.#on.quiet());
  }

  #toggle() {
    this.#use(!this.#same);
    try {
      localStorage.setItem(this.#kept, String(this.#same));
    } catch {
      /* only for this visit, then */
    }
    this.#on.say(say(this.#same ? "series-axes-same" : "series-axes-own"));
  }

  #use(same) {
    this.#same = same;
    this.#axes.setAttribute("aria-pressed", String(same));
    this.#axes.classList.toggle("on", same);
    this.#chart.same(same);
  }
}

function stored(name) {
  try {
    return localStorage.getItem(name) === "true";
  } catch {
    return false;
  }
}

/** The address of a sample's drawing, which is sharp at any size. */
export function drawing(card) {
  return card.thumb_url ?? `${card.media_url}/thumb`;
}

/** A sample, called `name`, as large as there is room. */
export function look(card, name) {
  const image = document.createElement("img");
  image.src = drawing(card);
  image.alt = name;
  return image;
}

export { load, tile } from "./image.js";
