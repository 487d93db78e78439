// The menu that asks why a sample is skipped.

export class SkipMenu {
  #menu = document.querySelector("[data-skip-menu]");

  /** `skip(reason)` is called with what was chosen. */
  constructor(skip) {
    this.#menu.addEventListener("click", (event) => {
      const button = event.target.closest("[data-reason]");
      if (button) this.#choose(button, skip);
      else if (event.target === this.#menu || event.target.closest("[data-cancel]")) this.#menu.close();
    });
    this.#menu.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      const button = this.#menu.querySelector(`[data-reason][data-key="${CSS.escape(event.key)}"]`);
      if (!button) return;
      event.preventDefault();
      this.#choose(button, skip);
    });
  }

  open() {
    this.#menu.showModal();
  }

  #choose(button, skip) {
    this.#menu.close();
    skip(button.dataset.reason);
  }
}
