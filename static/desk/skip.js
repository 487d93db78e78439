// The menu that asks why a sample is skipped. A reason outside the list needs a comment.

export class SkipMenu {
  #menu = document.querySelector("[data-skip-menu]");
  #form = this.#menu.querySelector("[data-note-form]");
  #note = this.#menu.querySelector("[data-note]");
  #skip;

  /** `skip({ skip, note })` is called with what was chosen. */
  constructor(skip) {
    this.#skip = skip;
    this.#menu.addEventListener("click", (event) => {
      const button = event.target.closest("[data-reason]");
      if (button) this.#choose(button.dataset.reason);
      else if (event.target === this.#menu || event.target.closest("[data-cancel]")) this.#menu.close();
    });
    this.#menu.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target === this.#note) return;
      const button = this.#menu.querySelector(`[data-reason][data-key="${CSS.escape(event.key)}"]`);
      if (!button) return;
      event.preventDefault();
      this.#choose(button.dataset.reason);
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#done("other", this.#note.value.trim());
    });
    submitByEnter(this.#note);
  }

  open() {
    this.#note.value = "";
    this.#form.hidden = true;
    this.#menu.showModal();
  }

  #choose(reason) {
    if (reason !== "other") {
      this.#done(reason, "");
      return;
    }
    this.#form.hidden = false;
    this.#note.focus();
  }

  #done(reason, note) {
    this.#menu.close();
    this.#skip(note ? { skip: reason, note } : { skip: reason });
  }
}

/** Enter sends what is written; Shift and Enter begin a new line. */
export function submitByEnter(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form.requestSubmit();
  });
}
