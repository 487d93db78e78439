// The page's own status: saved or not, counts, notices, and announcements for screen readers.

import { number, say } from "./texts.js";

/** How long a confirmation is shown; as in desk.css. */
const DONE_MS = 3000;

export class Status {
  #desk;
  #words;
  #saved = document.querySelector("[data-saved]");
  #waiting = 0;
  #away = false;
  #over;

  /**
   * `words` are the ids of the texts for answers, or groups of them, that are being sent, or cannot be.
   *
   * @param {HTMLElement} desk
   */
  constructor(desk, words = { saving: "saving-answers", away: "offline-answers" }) {
    this.#desk = desk;
    this.#words = words;
  }

  /** How many answers, or groups of them, wait for the server. */
  waiting(n) {
    this.#waiting = n;
    this.#bar();
  }

  /** Whether the server is out of reach. */
  away(on) {
    this.#away = on;
    this.#bar();
  }

  #bar() {
    const n = this.#waiting;
    const calm = n === 0 && !this.#away;
    const waits = this.#away ? this.#words.away : this.#words.saving;
    const none = this.#away ? "offline-short" : "saved";
    this.#saved.textContent = n === 0 ? say(none) : say(waits, { n });
    this.#saved.parentElement.classList.toggle("unsaved", !calm);
    this.#saved.parentElement.classList.toggle("good", calm);
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

  /** A visible confirmation that disappears by itself. */
  done(text) {
    this.say(text);
    const sign = this.#part("done");
    clearTimeout(this.#over);
    // Hidden in between, so that each gets its full time.
    sign.hidden = true;
    sign.textContent = text;
    requestAnimationFrame(() => (sign.hidden = false));
    this.#over = setTimeout(() => (sign.hidden = true), DONE_MS);
  }

  /** Add to one of the counts. */
  count(name, by) {
    const place = this.#desk.querySelector(`[data-count="${name}"]`);
    if (!place) return;
    const now = Math.max(0, Number(place.textContent.replace(/\D/g, "")) + by);
    place.textContent = number(now);
    if (name === "today") this.#goal(now);
  }

  /** How much of a day's answers is given, where a lead wants a number. */
  #goal(now) {
    const bar = this.#part("goal");
    if (!bar) return;
    bar.value = now;
    this.#part("goal-met").hidden = now < bar.max;
  }

  /** Show the counts of a receipt. */
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
