// The samples of a group as tiles: which are in and which are left out, where the focus is, and whether all are seen yet.

import { say } from "../texts.js";

export class Board {
  #place;
  #tile;
  #changed;
  #leases = [];
  #out = new Set();
  /** Tiles that are not painted yet. */
  unseen = 0;

  /** `tile(lease, name, on)` makes what is seen of a sample; `changed()` is called when more is seen or something is left out. */
  constructor(place, tile, changed) {
    this.#place = place;
    this.#tile = tile;
    this.#changed = changed;
    place.addEventListener("click", (event) => {
      const button = event.target.closest(".grid-tile");
      if (button) this.#toggle(button);
    });
  }

  /** The samples that the answer is for. */
  get taken() {
    return this.#leases.filter((lease) => !this.#out.has(lease));
  }

  /** Those that are left out. */
  get odd() {
    return this.#leases.filter((lease) => this.#out.has(lease));
  }

  /** The sample that has the focus, or the first. */
  get current() {
    const all = this.#tiles();
    return this.#leases[Math.max(0, all.indexOf(document.activeElement))];
  }

  /** Show a group; nothing where it has no samples. */
  show(leases) {
    this.#leases = leases;
    this.#out = new Set();
    this.unseen = leases.length;
    this.#place.replaceChildren(...leases.map((lease, at) => this.#item(leases, lease, at)));
    this.#place.hidden = leases.length === 0;
    this.#tiles()[0]?.focus({ preventScroll: true });
  }

  /** Placeholders for the requested samples, so that nothing jumps when they arrive. */
  wait(n) {
    const { hidden } = this.#place;
    this.show([]);
    this.#place.hidden = hidden;
    const blank = () => {
      const item = document.createElement("li");
      item.className = "grid-blank";
      return item;
    };
    this.#place.replaceChildren(...Array.from({ length: n }, blank));
  }

  busy(on) {
    this.#place.setAttribute("aria-busy", String(on));
  }

  /** Move the focus by a number of tiles, or rows of them. */
  move(along, across) {
    const all = this.#tiles();
    const at = all.indexOf(document.activeElement);
    const by = along || across * columns(all);
    const to = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    for (const button of all) button.tabIndex = button === to ? 0 : -1;
    to?.focus();
  }

  #item(group, lease, at) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "grid-tile";
    button.dataset.at = String(at);
    button.setAttribute("aria-pressed", "true");
    button.tabIndex = at === 0 ? 0 : -1;
    // Never answer for an unseen sample: the group waits until the last one is on the page.
    const shown = () => {
      if (group !== this.#leases) return;
      this.unseen -= 1;
      this.#changed();
    };
    // A picture that fails to load is left out.
    const missing = () => {
      if (group !== this.#leases) return;
      this.#out.add(lease);
      button.setAttribute("aria-pressed", "false");
      button.disabled = true;
      shown();
    };
    button.append(this.#tile(lease, say("grid-picture", { n: at + 1 }), { shown, missing }));
    item.append(button);
    return item;
  }

  #toggle(button) {
    const lease = this.#leases[Number(button.dataset.at)];
    const back = this.#out.delete(lease);
    if (!back) this.#out.add(lease);
    button.setAttribute("aria-pressed", String(back));
    this.#changed();
  }

  #tiles() {
    return [...this.#place.querySelectorAll(".grid-tile")];
  }
}

/** Tiles in a row, as they are laid out now. */
function columns(all) {
  const first = all[0]?.getBoundingClientRect().top;
  const row = all.findIndex((button) => button.getBoundingClientRect().top > first + 4);
  return row < 0 ? all.length : row;
}
