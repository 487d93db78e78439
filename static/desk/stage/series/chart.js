// The chart of a series: a strip for each channel over one axis of time, a cursor with values, and a view that is zoomed and moved
// along time.

import { say } from "../../texts.js";
import { dates, line, moment, nearest, room, tick, ticks, value, whole } from "./scale.js";

const SVG = "http://www.w3.org/2000/svg";
/** Pixels beside, above and below the strips, and between them. */
const LEFT = 64;
const RIGHT = 16;
const TITLE = 24;
const FOOT = 28;
/** A strip's height at least; with more channels than fit the chart grows beyond its room, which scrolls. */
const LEAST = 56;
/** Pixels between ticks at least. */
const APART_X = 90;
const APART_Y = 32;
const STEP = 1.5;
const COLOURS = 10;

export class Chart {
  #glass;
  #svg;
  #readout;
  #zoomed;
  #data = null;
  /** What is seen of the time. */
  #seen = [0, 1];
  #cursor = null;
  #same = false;
  /** By channel: the range of all series that were shown. */
  #ranges = new Map();
  #frame = 0;

  /** @param {HTMLElement} desk */
  constructor(desk) {
    this.#glass = desk.querySelector("[data-glass]");
    this.#svg = desk.querySelector("[data-chart]");
    this.#readout = desk.querySelector("[data-readout]");
    this.#zoomed = desk.querySelector("[data-zoomed]");
    this.#glass.addEventListener("pointermove", (event) => {
      if (event.buttons === 0) this.point(event.clientX - this.#glass.getBoundingClientRect().left);
    });
    this.#glass.addEventListener("pointerleave", () => this.#set(null));
    new ResizeObserver(() => this.#later()).observe(this.#glass);
  }

  /** Show a series, as the server tells it. */
  show(data) {
    this.#data = data;
    this.#cursor = null;
    this.#seen = this.#all();
    for (const { name, unit, low, high } of data.channels) {
      if (low === null) continue;
      const held = this.#ranges.get(`${name}\n${unit}`) ?? [low, high];
      this.#ranges.set(`${name}\n${unit}`, [Math.min(held[0], low), Math.max(held[1], high)]);
    }
    this.#svg.setAttribute("aria-label", this.#described());
    this.#glass.scrollTop = 0;
    this.#draw();
  }

  clear() {
    this.#data = null;
    this.#svg.replaceChildren();
    this.#readout.textContent = "";
  }

  /** Whether all of the time is seen. */
  get fitted() {
    if (!this.#data) return true;
    const [low, high] = this.#all();
    return this.#seen[0] <= low && this.#seen[1] >= high;
  }

  fit() {
    if (!this.#data) return;
    this.#seen = this.#all();
    this.#later();
  }

  closer() {
    this.zoom(STEP, this.#at());
  }

  further() {
    this.zoom(1 / STEP, this.#at());
  }

  /** Toggle between all of the time and a close look at `at`. */
  toggle(at) {
    if (this.fitted) this.zoom(4, at);
    else this.fit();
  }

  /** Zoom by a factor; the moment at `at`, in pixels of the glass, stays where it is. */
  zoom(factor, at = { x: this.#glass.clientWidth / 2 }) {
    if (!this.#data) return;
    const [low, high] = this.#all();
    const held = this.#time(at.x);
    const now = this.#seen[1] - this.#seen[0];
    // Two points are always seen.
    const least = ((high - low) / Math.max(1, this.#data.at.length - 1)) * 2;
    const width = Math.min(high - low, Math.max(now / factor, least));
    const from = held - ((held - this.#seen[0]) * width) / (now || 1);
    this.#look(from, width);
  }

  /** Move the view by screen pixels. */
  move(dx) {
    if (!this.#data) return;
    const width = this.#seen[1] - this.#seen[0];
    this.#look(this.#seen[0] - (dx / this.#width()) * width, width);
  }

  /** Look further along time, by a part of what is seen. */
  look(forth) {
    this.move((-forth * this.#width()) / 4);
  }

  /** Move the cursor by points, and say what is there. */
  step(by) {
    if (!this.#data) return "";
    const at = this.#data.at;
    const middle = nearest(at, (this.#seen[0] + this.#seen[1]) / 2);
    this.#cursor = Math.max(0, Math.min(at.length - 1, this.#cursor === null ? middle : this.#cursor + by));
    const width = this.#seen[1] - this.#seen[0];
    if (at[this.#cursor] < this.#seen[0]) this.#look(at[this.#cursor], width);
    if (at[this.#cursor] > this.#seen[1]) this.#look(at[this.#cursor] - width, width);
    this.#later();
    return this.#told();
  }

  /** Put the cursor at `x` pixels of the glass. */
  point(x) {
    if (!this.#data) return;
    this.#set(x < LEFT - 8 ? null : nearest(this.#data.at, this.#time(x)));
  }

  /** Whether every sample has the y axis of all that were shown. */
  same(on) {
    this.#same = on;
    this.#later();
  }

  #set(cursor) {
    if (cursor === this.#cursor) return;
    this.#cursor = cursor;
    this.#later();
  }

  #all() {
    const at = this.#data.at;
    const [low, high] = [at[0], at[at.length - 1]];
    return high > low ? [low, high] : [low - 1, high + 1];
  }

  #look(from, width) {
    const [low, high] = this.#all();
    const begin = Math.max(low, Math.min(from, high - width));
    this.#seen = [begin, begin + width];
    this.#later();
  }

  #width() {
    return Math.max(1, this.#glass.clientWidth - LEFT - RIGHT);
  }

  /** The moment at `x` pixels of the glass. */
  #time(x) {
    return this.#seen[0] + ((x - LEFT) / this.#width()) * (this.#seen[1] - this.#seen[0]);
  }

  #x(time) {
    return LEFT + ((time - this.#seen[0]) / (this.#seen[1] - this.#seen[0])) * this.#width();
  }

  /** Where zooming by keys holds on to: the cursor, where it is seen. */
  #at() {
    const x = this.#cursor === null ? -1 : this.#x(this.#data.at[this.#cursor]);
    return x >= LEFT && x <= LEFT + this.#width() ? { x } : { x: LEFT + this.#width() / 2 };
  }

  /** Moves within one frame are merged. */
  #later() {
    if (this.#data && !this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (!this.#data) return;
    const [all, seen] = [this.#all(), this.#seen];
    const n = this.#data.channels.length;
    const own = (this.#glass.clientHeight - FOOT) / n;
    const strip = Math.max(own, TITLE + LEAST);
    const height = n * strip + FOOT;
    const width = this.#glass.clientWidth;
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.setAttribute("width", width);
    this.#svg.setAttribute("height", height);
    const parts = this.#data.channels.flatMap((channel, i) =>
      this.#strip(channel, i, i * strip + TITLE, strip - TITLE),
    );
    parts.push(...this.#axis(n * strip), ...this.#line(n * strip));
    this.#svg.replaceChildren(...parts);
    this.#glass.classList.toggle("free", !this.fitted);
    this.#zoomed.textContent = `${Math.round(((all[1] - all[0]) / (seen[1] - seen[0])) * 100)}\u00a0%`;
    this.#readout.textContent = this.#told();
  }

  /** One channel between `top` and `top + height`. */
  #strip(channel, i, top, height) {
    const [low, high] = room(...this.#range(channel));
    const y = (of) => top + height * (1 - (of - low) / (high - low));
    const { at, step } = ticks(low, high, Math.max(2, Math.floor(height / APART_Y)));
    const right = LEFT + this.#width();
    const parts = at.flatMap((of) => [
      made("line", { class: "series-grid", x1: LEFT, x2: right, y1: y(of), y2: y(of) }),
      made("text", { class: "series-tick", x: LEFT - 8, y: y(of) + 4, "text-anchor": "end" }, tick(of, step)),
    ]);
    parts.push(made("text", { class: "series-title", x: LEFT, y: top - 8 }, named(channel)));
    const path = line(this.#data.at, channel.values, /** @type {any} */ (this.#seen), (time) => this.#x(time), y);
    // Lines leave the strip where the view ends.
    const clip = made("svg", { x: LEFT, y: top - 2, width: this.#width(), height: height + 4 });
    clip.setAttribute("viewBox", `${LEFT} ${top - 2} ${this.#width()} ${height + 4}`);
    clip.append(made("path", { class: `series-line c${(i % COLOURS) + 1}`, d: path }));
    parts.push(clip);
    const here = this.#cursor === null ? null : channel.values[this.#cursor];
    if (here !== null && here !== undefined)
      parts.push(
        made("circle", {
          class: `series-dot c${(i % COLOURS) + 1}`,
          cx: this.#x(this.#data.at[this.#cursor]),
          cy: y(here),
          r: 3.5,
        }),
      );
    return parts;
  }

  #range({ name, unit, low, high }) {
    const held = this.#same ? this.#ranges.get(`${name}\n${unit}`) : null;
    return held ?? [low, high];
  }

  /** The axis of time at `top`. */
  #axis(top) {
    const { kind } = this.#data.time;
    const most = Math.max(1, Math.floor(this.#width() / APART_X));
    const { at, step } = (kind === "date" ? dates : ticks)(this.#seen[0], this.#seen[1], most);
    // Steps are whole.
    const shown = kind === "step" ? at.filter(Number.isInteger) : at;
    const text = (time) => (kind === "date" ? moment(time, step) : tick(time, step));
    return shown.map((time) =>
      made("text", { class: "series-tick", x: this.#x(time), y: top + 18, "text-anchor": "middle" }, text(time)),
    );
  }

  /** The cursor's line down to `bottom`. */
  #line(bottom) {
    if (this.#cursor === null) return [];
    const x = this.#x(this.#data.at[this.#cursor]);
    return [made("line", { class: "series-cursor", x1: x, x2: x, y1: 4, y2: bottom })];
  }

  /** What is at the cursor; nothing without one. */
  #told() {
    if (!this.#data || this.#cursor === null) return "";
    const { at, channels, time } = this.#data;
    const here = at[this.#cursor];
    const when = time.kind === "date" ? whole(here) : [value(here), time.unit].filter(Boolean).join("\u00a0");
    const values = channels.map((channel) => {
      const told = value(channel.values[this.#cursor]);
      return `${channel.name}\u00a0${told === null ? say("series-missing") : [told, channel.unit].filter(Boolean).join("\u00a0")}`;
    });
    return [time.kind === "step" ? say("series-step", { n: value(here) }) : when, ...values].join(" · ");
  }

  /** For those who hear the page: what is drawn. */
  #described() {
    const { length, channels } = this.#data;
    const ranges = channels.map((channel) =>
      channel.low === null
        ? `${channel.name}: ${say("series-missing")}`
        : say("series-range", {
            name: channel.name,
            low: value(channel.low),
            high: value(channel.high),
            unit: channel.unit,
          }),
    );
    return [say("series-of", { n: length }), ...ranges].join("; ");
  }
}

function named({ name, unit }) {
  return unit ? `${name}, ${unit}` : name;
}

function made(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, of] of Object.entries(attributes)) {
    element.setAttribute(key, typeof of === "number" ? Math.round(of * 100) / 100 : of);
  }
  if (text) element.textContent = text;
  return element;
}
