// The classes that are chosen for a sample, where it may have any number of them.
//
// A class's key or a click turns it on or off; nothing is an answer before it is stored. Each sample keeps its own choice, so
// that a look back at an earlier answer costs nothing of what is chosen for the one in front.

import { say } from "./texts.js";

export class Chosen {
  #buttons;
  #hint;
  #tell;
  #of = new Map();
  #set = new Set();

  /** `tell(text)` is for those who hear the page. */
  constructor(desk, tell) {
    this.#buttons = [...desk.querySelectorAll("[data-class]")];
    this.#hint = desk.querySelector("[data-chosen]");
    this.#tell = tell;
    // Without scripts there are boxes to tick in their place.
    for (const part of [...this.#buttons, desk.querySelector("[data-store-row]")]) part.hidden = false;
  }

  /** The ids, in the order of the buttons. */
  get classes() {
    return this.#buttons.map(id).filter((id) => this.#set.has(id));
  }

  /** Those of an earlier answer that can still be chosen: a retired class has no button any more. */
  offered(classes) {
    return classes && this.#buttons.map(id).filter((id) => classes.includes(id));
  }

  /** Choose for `sample` from now on, beginning with `classes` where nothing was chosen for it yet. */
  begin(sample, classes) {
    if (!this.#of.has(sample)) this.#of.set(sample, new Set(classes ?? []));
    this.#set = this.#of.get(sample);
    this.#show();
  }

  /** Nothing is chosen for a sample any more: it has its answer, or is gone. */
  forget(sample) {
    this.#of.delete(sample);
  }

  toggle(button) {
    const on = !this.#set.delete(id(button));
    if (on) this.#set.add(id(button));
    this.#show();
    this.#tell(say(on ? "desk-chosen" : "desk-not-chosen", { class: button.dataset.name }));
  }

  /** Say that an answer needs a class, or the key for none. */
  ask() {
    this.#hint.textContent = say("desk-choose-or-none");
    this.#hint.classList.add("asked");
    this.#tell(this.#hint.textContent);
  }

  #show() {
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(this.#set.has(id(button))));
    const n = this.classes.length;
    this.#hint.textContent = n === 0 ? say("desk-nothing-chosen") : say("desk-n-chosen", { n });
    this.#hint.classList.remove("asked");
  }
}

/** Whether two answers name the same classes. */
export function same(one, other) {
  if (!one || !other) return !one === !other;
  return one.length === other.length && one.every((id) => other.includes(id));
}

function id(button) {
  return Number(button.dataset.class);
}
