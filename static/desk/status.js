// What the page says about itself: saved or not, counts, notices, and words for screen readers.

import { number, say } from "./texts.js";

export class Status {
  #desk;
  #saved = document.querySelector("[data-saved]");

  constructor(desk) {
    this.#desk = desk;
  }

  /** How many answers, or groups of them, wait for the server. */
  waiting(n, saving = "saving-answers") {
    this.#saved.textContent = n === 0 ? say("saved") : say(saving, { n });
    this.#saved.parentElement.classList.toggle("unsaved", n > 0);
    this.#saved.parentElement.classList.toggle("good", n === 0);
  }

  /** A line above the picture, or none; `signIn` offers the way back in. */
  notice(text, signIn = false) {
    this.#part("notice").hidden = !text;
    this.#part("notice-text").textContent = text ?? "";
    this.#part("notice-link").hidden = !signIn;
  }

  /** The person's own pace, in answers a minute. */
  pace(a_minute) {
    const rounded = a_minute < 10 ? Math.round(a_minute * 10) / 10 : Math.round(a_minute);
    this.#part("pace").textContent = a_minute === null ? "–" : say("pace", { n: rounded });
  }

  /** For those who hear the page. */
  say(text) {
    this.#part("live").textContent = text;
  }

  /** Add to one of the counts. */
  count(name, by) {
    const place = this.#desk.querySelector(`[data-count="${name}"]`);
    if (place) place.textContent = number(Math.max(0, Number(place.textContent.replace(/\D/g, "")) + by));
  }

  /** Take over the counts of a receipt. */
  progress(now) {
    for (const [name, value] of Object.entries(now ?? {})) {
      const place = this.#desk.querySelector(`[data-count="${name}"]`);
      if (place && value !== null) place.textContent = typeof value === "number" ? number(value) : value;
    }
  }

  #part(name) {
    return this.#desk.querySelector(`[data-${name}]`);
  }
}
