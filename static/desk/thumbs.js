// The small pictures of earlier answers. They come last: only those that can be seen, a few at a time, and none while a
// picture of the queue is on its way, since on a slow line each would delay that one.

const AT_ONCE = 2;

export class Thumbs {
  #busy;
  #observer;
  /** Visible and not requested yet. */
  #wanted = new Set();
  #coming = 0;

  /**
   * Load the pictures of `strip` that name their address in `data-later`; `busy()` says whether something else goes first.
   *
   * @param {HTMLElement} strip
   * @param {() => boolean} busy
   */
  constructor(strip, busy) {
    this.#busy = busy;
    this.#observer = new IntersectionObserver((seen) => this.#see(seen), { root: strip });
    for (const image of strip.querySelectorAll("[data-later]")) this.#observer.observe(image);
  }

  /** Ask for the next ones, where nothing else goes first. */
  go() {
    for (const image of this.#wanted) {
      if (this.#coming >= AT_ONCE || this.#busy()) return;
      this.#load(image);
    }
  }

  #see(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) this.#wanted.add(target);
      else this.#wanted.delete(target);
    }
    this.go();
  }

  #load(image) {
    this.#wanted.delete(image);
    this.#observer.unobserve(image);
    this.#coming += 1;
    const over = () => {
      this.#coming -= 1;
      this.go();
    };
    image.addEventListener("load", over, { once: true });
    image.addEventListener("error", over, { once: true });
    image.src = image.dataset.later;
  }
}
