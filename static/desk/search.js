// Find a class by typing part of its name. The list keeps the order of the buttons: only non-matching ones disappear.

export class Search {
  #dialog = document.querySelector("[data-search]");
  #field = this.#dialog.querySelector("input");
  #list = this.#dialog.querySelector("[role=listbox]");
  #buttons;
  #fits = [];
  #at = 0;

  /** `answer(button)` gives the answer of the class that was chosen. */
  constructor(desk, answer) {
    this.#buttons = [...desk.querySelectorAll("[data-class]")];
    const choose = (button) => {
      this.#dialog.close();
      if (button && !button.disabled) answer(button);
    };
    this.#field.addEventListener("input", () => this.#show());
    this.#dialog.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) this.#mark((this.#at + by + this.#fits.length) % Math.max(1, this.#fits.length));
      else if (event.key === "Enter") choose(this.#fits[this.#at]);
      else return;
      event.preventDefault();
    });
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(this.#fits[Number(option.dataset.at)]);
    });
  }

  open() {
    this.#field.value = "";
    this.#show();
    this.#dialog.showModal();
    this.#field.focus();
  }

  #show() {
    const typed = this.#field.value.trim().toLowerCase();
    const words = typed.split(/\s+/);
    const name = (button) => button.dataset.name.toLowerCase();
    this.#fits = this.#buttons.filter((button) => words.every((word) => name(button).includes(word)));
    this.#list.replaceChildren(
      ...this.#fits.map((button, at) => {
        const option = document.createElement("li");
        option.id = `found-${at}`;
        option.role = "option";
        option.dataset.at = String(at);
        option.append(button.querySelector(".square").cloneNode(), button.dataset.name);
        return option;
      }),
    );
    this.#dialog.querySelector("[data-none]").hidden = this.#fits.length > 0;
    // A name that begins with the text is meant more often than one that contains it.
    const begins = this.#fits.findIndex((button) => name(button).startsWith(typed));
    this.#mark(Math.max(0, begins));
  }

  #mark(at) {
    this.#at = at;
    for (const [i, option] of [...this.#list.children].entries())
      option.setAttribute("aria-selected", String(i === at));
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
    if (this.#fits.length > 0) this.#field.setAttribute("aria-activedescendant", `found-${at}`);
    else this.#field.removeAttribute("aria-activedescendant");
  }
}
