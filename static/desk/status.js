// What the page says about itself: saved or not, counts, notices, and words for screen readers.

export class Status {
  #desk;
  #saved = document.querySelector("[data-saved]");

  constructor(desk) {
    this.#desk = desk;
  }

  /** How many answers, or groups of them, wait for the server. */
  waiting(n, what = "answer") {
    this.#saved.textContent = n === 0 ? "Saved" : n === 1 ? `Saving 1 ${what}` : `Saving ${n} ${what}s`;
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
    const text = a_minute === null ? "–" : a_minute < 10 ? a_minute.toFixed(1) : String(Math.round(a_minute));
    this.#part("pace").textContent = a_minute === null ? text : `${text} a minute`;
  }

  /** For those who hear the page. */
  say(text) {
    this.#part("live").textContent = text;
  }

  /** Add to one of the counts. */
  count(name, by) {
    const place = this.#desk.querySelector(`[data-count="${name}"]`);
    if (place) place.textContent = Math.max(0, Number(place.textContent) + by);
  }

  /** Take over the counts of a receipt. */
  progress(now) {
    for (const [name, value] of Object.entries(now ?? {})) {
      const place = this.#desk.querySelector(`[data-count="${name}"]`);
      if (place && value !== null) place.textContent = value;
    }
  }

  #part(name) {
    return this.#desk.querySelector(`[data-${name}]`);
  }
}
