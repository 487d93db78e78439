// A person's own answers: the last ones as small pictures, all of them in order for undo.

const STRIP = 8;

export class History {
  #desk;
  #strip;
  /** Oldest first: `{ id, sample, class }`, and `card` where the answer was given on this page. */
  entries;

  constructor(desk) {
    this.#desk = desk;
    this.#strip = desk.querySelector("[data-strip]");
    this.entries = JSON.parse(desk.dataset.history);
  }

  get last() {
    return this.entries.at(-1);
  }

  /** Take over what the server does not know yet: answers and undos that wait since before this page was loaded. */
  follow(outbox) {
    for (const { kind, id, body } of outbox) {
      if (kind === "answer") this.entries.push({ id, sample: body.sample, class: body.class ?? null });
      if (kind === "undo") this.entries = this.entries.filter((entry) => entry.id !== body.annotation);
    }
  }

  /** What an answer says, in words. */
  name(said) {
    if (said.class === undefined || said.class === null) return "skipped";
    return this.#button(said.class)?.dataset.name ?? "another class";
  }

  /** Add an answer, with its picture: that is here already, which a small one is not when the network is gone. */
  add(entry, picture) {
    this.entries.push(entry);
    const item = document.createElement("li");
    const small = document.createElement("img");
    small.src = picture.src;
    small.alt = this.name(entry);
    const swatch = document.createElement("i");
    swatch.className = this.#button(entry.class)?.querySelector(".square").className ?? "square";
    item.append(small, swatch);
    item.title = small.alt;
    this.#desk.querySelector("[data-past]").hidden = false;
    this.#strip.prepend(item);
    while (this.#strip.children.length > STRIP) this.#strip.lastElementChild.remove();
  }

  /** Take the last answer out. */
  pop() {
    this.#strip.firstElementChild?.remove();
    return this.entries.pop();
  }

  #button(id) {
    return this.#desk.querySelector(`[data-class="${id}"]`);
  }
}
