// The guide beside the sample: on a wide screen it is shown or hidden, on a narrow one it covers the page while it is
// read.

const NARROW = matchMedia("(max-width: 51.25em)");

export class Guide {
  #desk;
  #opener;
  #side;
  #name;

  constructor(desk, project) {
    this.#desk = desk;
    this.#opener = desk.querySelector("[data-guide-open]");
    this.#side = desk.querySelector("[data-side]");
    this.#name = `querist.guide.${project}`;
    this.#opener.addEventListener("click", () => this.toggle());
    desk.querySelector("[data-side-close]").addEventListener("click", () => this.close());
    try {
      if (localStorage.getItem(this.#name) === "away") desk.classList.add("unguided");
    } catch {
      /* shown, then */
    }
    this.#tell();
  }

  toggle() {
    if (this.#opener.hidden) return;
    if (NARROW.matches) {
      this.#desk.classList.toggle("guided");
      if (this.#over) this.#side.focus();
    } else {
      const away = this.#desk.classList.toggle("unguided");
      try {
        localStorage.setItem(this.#name, away ? "away" : "shown");
      } catch {
        /* for this visit only */
      }
    }
    this.#tell();
  }

  /** Close it if it covers the page; returns whether it did. */
  close() {
    if (!this.#over) return false;
    this.#desk.classList.remove("guided");
    this.#tell();
    this.#opener.focus();
    return true;
  }

  get #over() {
    return NARROW.matches && this.#desk.classList.contains("guided");
  }

  #tell() {
    const shown = NARROW.matches ? this.#over : !this.#desk.classList.contains("unguided");
    this.#opener.setAttribute("aria-expanded", String(shown));
  }
}
