// A list in the browser's storage, reread before every change, so that two tabs do not overwrite each other's.

export class Kept {
  /** @type {"sessionStorage" | "localStorage"} */
  #place;
  #name;
  #most;
  #items = [];

  /**
   * `place` is for this tab or for all of them; of more than `most` items the oldest go.
   *
   * @param {"sessionStorage" | "localStorage"} place
   */
  constructor(place, name, most) {
    this.#place = place;
    this.#name = name;
    this.#most = most;
  }

  get items() {
    try {
      this.#items = JSON.parse(window[this.#place].getItem(this.#name)) ?? [];
    } catch {
      /* private: memory must do */
    }
    return this.#items;
  }

  add(...more) {
    this.#keep([...this.items, ...more].slice(-this.#most));
  }

  /** Take the newest one out. */
  pop() {
    const items = this.items;
    const last = items.pop();
    this.#keep(items);
    return last;
  }

  #keep(items) {
    this.#items = items;
    try {
      window[this.#place].setItem(this.#name, JSON.stringify(items));
    } catch {
      /* full or private */
    }
  }
}
