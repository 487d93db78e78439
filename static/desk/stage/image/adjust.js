// Brightness, contrast and inversion of the picture, kept in this browser. The sample itself stays as it is.

import { say } from "../../texts.js";

const NEUTRAL = { brightness: 100, contrast: 100, invert: false };
/** By key, in percent. */
const STEP = 10;

export class Adjust {
  #glass;
  #panel;
  #opener;
  #say;
  #name;
  #now;

  /** Kept under `name`; `say` tells those who hear the page what changed. */
  constructor(desk, name, say) {
    this.#glass = desk.querySelector("[data-glass]");
    this.#panel = desk.querySelector("[data-adjust]");
    this.#opener = desk.querySelector("[data-adjust-open]");
    this.#say = say;
    this.#name = name;
    this.#now = { ...NEUTRAL, ...stored(this.#name) };
    this.#panel.addEventListener("input", ({ target }) => {
      this.#set(target.name, target.type === "checkbox" ? target.checked : Number(target.value));
    });
    this.#panel.querySelector("[data-reset]").addEventListener("click", () => this.reset());
    this.#opener.addEventListener("click", () => this.#open(this.#panel.hidden));
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.#panel.contains(target) && !this.#opener.contains(target)) this.#open(false);
    });
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#open(false);
      this.#opener.focus();
    });
    this.#show();
  }

  /** A step up or down. */
  step(name, direction) {
    const { min, max } = this.#panel.querySelector(`[name="${name}"]`);
    this.#set(name, Math.max(Number(min), Math.min(Number(max), this.#now[name] + direction * STEP)));
    this.#say(say("desk-adjusted-to", { what: say(`desk-${name}`), percent: this.#now[name] }));
  }

  invert() {
    this.#set("invert", !this.#now.invert);
    this.#say(say(this.#now.invert ? "desk-inverted" : "desk-not-inverted"));
  }

  reset() {
    this.#now = { ...NEUTRAL };
    this.#keep();
    this.#say(say("desk-reset"));
  }

  #open(open) {
    this.#panel.hidden = !open;
    this.#opener.setAttribute("aria-expanded", String(open));
  }

  #set(name, value) {
    this.#now[name] = value;
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(this.#name, JSON.stringify(this.#now));
    } catch {
      /* only for this visit, then */
    }
    this.#show();
  }

  #show() {
    const { brightness, contrast, invert } = this.#now;
    const changed = brightness !== 100 || contrast !== 100 || invert;
    this.#glass.style.filter = changed
      ? `brightness(${brightness}%) contrast(${contrast}%) invert(${invert ? 1 : 0})`
      : "";
    for (const field of this.#panel.querySelectorAll("input")) {
      if (field.type === "checkbox") field.checked = this.#now[field.name];
      else field.value = this.#now[field.name];
    }
    for (const name of ["brightness", "contrast"]) {
      this.#panel.querySelector(`[data-value="${name}"]`).textContent = `${this.#now[name]}\u00a0%`;
    }
    // An adjusted picture is marked as such.
    this.#opener.classList.toggle("on", changed);
    this.#opener.querySelector("span").textContent = say(changed ? "desk-adjusted" : "desk-adjust");
  }
}

function stored(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    const percent = (value) => (value >= 30 && value <= 300 ? value : 100);
    return kept
      ? { brightness: percent(kept.brightness), contrast: percent(kept.contrast), invert: kept.invert === true }
      : {};
  } catch {
    return {};
  }
}
