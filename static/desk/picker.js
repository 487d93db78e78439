// The answer that the buttons of the classes make: one class, or any number of them. Both have the same face, so that neither
// the desk nor the groups need to know which it is.
//
// On the desk one class is an answer as soon as it is pressed. For a set each key turns a class on or off, and nothing
// is an answer before it is stored. Each sample keeps its own choice, so that a look back at an earlier answer keeps
// what is chosen for the one in front.

import { say } from "./texts.js";

/** @typedef {{ class?: number, classes?: number[], skip?: string, note?: string }} Said What an answer says. */

/**
 * @typedef {object} Listener
 * @property {(said: Said, button: HTMLElement) => void} [pressed] One class was pressed: an answer, where one at a time is asked.
 * @property {(said: Said, button: HTMLElement) => void} answer A set was stored.
 * @property {() => void} [changed] The choice has changed.
 * @property {(text: string) => void} tell For those who hear the page.
 * @property {(act: () => void) => () => void} [once] Guards a button from the second half of a double click.
 */

/**
 * The picker for a project's task, on the buttons of `page`.
 *
 * @param {HTMLElement} page
 * @param {"single" | "multi"} task
 * @param {Listener} on
 * @param {string} [none] The key that says none of the classes.
 */
export function picker(page, task, on, none) {
  return task === "multi" ? new AnyNumber(page, on, none) : new One(page, on);
}

/** One class. */
export class One {
  /** Keys beside those of the classes. */
  keys = {};
  /** What to say beside an earlier answer. */
  changing = { keys: "desk-change-it", touch: "desk-touch-it" };
  /** A valid body that answers no sample. */
  unsaid = { class: 0 };
  #buttons;
  #on;
  #at = null;

  constructor(page, on) {
    this.#on = on;
    this.#buttons = buttons(page);
  }

  /** What is chosen, as an answer; `null` while nothing is. */
  get said() {
    return this.#at ? { class: id(this.#at) } : null;
  }

  /** The chosen class's name, for a sentence. */
  get name() {
    return this.#at?.dataset.name ?? "";
  }

  /** Choose for a sample from now on, beginning with what `classes` name. */
  begin(sample, classes) {
    this.#choose(this.#buttons.find((button) => classes?.includes(id(button))) ?? null);
  }

  /** Start a new choice for an earlier answer, and show that answer. */
  look(entry) {
    this.begin(entry.id, [entry.class]);
  }

  /** Clear the choice for a sample: it has its answer, or is gone. */
  forget(_sample) {}

  press(button) {
    this.#choose(button);
    this.#on.pressed?.(this.said, button);
  }

  /** The focus has moved to a button. */
  reach(button) {
    this.#choose(button);
  }

  /** There is no sample to choose for. */
  clear() {
    this.#choose(null);
  }

  /** Enable or disable the buttons. */
  enable(on) {
    for (const button of this.#buttons) button.disabled = !on;
  }

  /** Whether a new answer differs from an earlier one. */
  differs(before, now) {
    return now.class !== before.class;
  }

  /** Whether a key belongs to what has the focus. */
  leaves(_event) {
    return false;
  }

  #choose(chosen) {
    this.#at = chosen;
    for (const button of this.#buttons) {
      if (button.getAttribute("role") === "radio") {
        button.setAttribute("aria-checked", String(button === chosen));
        button.tabIndex = button === (chosen ?? this.#buttons[0]) ? 0 : -1;
      } else if (button === chosen) {
        button.setAttribute("aria-current", "true");
      } else {
        button.removeAttribute("aria-current");
      }
    }
    this.#on.changed?.();
  }
}

/** Any number of classes, including none. */
export class AnyNumber {
  keys;
  changing = { keys: "desk-change-set", touch: "desk-touch-set" };
  unsaid = { classes: [] };
  #buttons;
  #on;
  #store;
  #none;
  #hint;
  #of = new Map();
  #set = new Set();

  constructor(page, on, none) {
    this.#on = on;
    this.#buttons = buttons(page);
    this.#store = page.querySelector("[data-store]");
    this.#none = page.querySelector("[data-none-of]");
    this.#hint = page.querySelector("[data-chosen]");
    // Without scripts there are boxes to tick in their place.
    for (const part of [...this.#buttons, page.querySelector("[data-store-row]")]) if (part) part.hidden = false;
    const once = on.once ?? ((act) => act);
    this.#none?.addEventListener(
      "click",
      once(() => this.#noneOf()),
    );
    this.keys = none ? { [none]: () => this.#noneOf() } : {};
    if (!this.#store) return;
    this.#store.addEventListener(
      "click",
      once(() => this.#keep()),
    );
    this.keys.enter = () => this.#keep();
    // Enter stores: it must not press the button last clicked.
    page.addEventListener("click", ({ detail, target }) => detail > 0 && target.closest("button")?.blur(), true);
  }

  get said() {
    return this.classes.length > 0 ? { classes: this.classes } : null;
  }

  get name() {
    const on = this.#buttons.filter((button) => this.#set.has(id(button)));
    return on.map((button) => button.dataset.name).join(say("list-comma"));
  }

  /** The ids, in the order of the buttons. */
  get classes() {
    return this.#buttons.map(id).filter((id) => this.#set.has(id));
  }

  begin(sample, classes) {
    if (!this.#of.has(sample)) this.#of.set(sample, new Set(classes ?? []));
    this.#set = this.#of.get(sample);
    this.#show();
  }

  look(entry) {
    // The choice here applies to this view only.
    this.forget(entry.id);
    this.begin(entry.id, entry.classes);
  }

  forget(sample) {
    this.#of.delete(sample);
  }

  press(button) {
    const on = !this.#set.delete(id(button));
    if (on) this.#set.add(id(button));
    this.#show();
    this.#on.tell(say(on ? "desk-chosen" : "desk-not-chosen", { class: button.dataset.name }));
  }

  reach(_button) {}

  clear() {}

  enable(on) {
    for (const button of [...this.#buttons, this.#store, this.#none]) if (button) button.disabled = !on;
  }

  /** A retired class has no button any more, and cannot be in the new answer. */
  differs(before, now) {
    const offered = before.classes && this.#buttons.map(id).filter((id) => before.classes.includes(id));
    return !same(now.classes, offered);
  }

  /** Enter belongs to what has the focus, unless that is a class, or the earlier answer that is open. */
  leaves({ key, target }) {
    return (
      key === "Enter" && Boolean(target.closest("a, summary, button:not([data-class], [data-answer][aria-current])"))
    );
  }

  /** No choice may mean not yet looked at, so "none of these" has a key of its own. */
  #keep() {
    if (this.#store.disabled) return;
    if (this.said) this.#on.answer(this.said, this.#store);
    else this.#ask();
  }

  #noneOf() {
    if (!this.#none.disabled) this.#on.answer({ classes: [] }, this.#none);
  }

  #ask() {
    this.#hint.textContent = say("desk-choose-or-none");
    this.#hint.classList.add("asked");
    this.#on.tell(this.#hint.textContent);
  }

  #show() {
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(this.#set.has(id(button))));
    const n = this.classes.length;
    if (this.#hint) {
      this.#hint.textContent = n === 0 ? say("desk-nothing-chosen") : say("desk-n-chosen", { n });
      this.#hint.classList.remove("asked");
    }
    this.#on.changed?.();
  }
}

/** Whether two answers name the same classes. */
function same(one, other) {
  if (!one || !other) return !one === !other;
  return one.length === other.length && one.every((id) => other.includes(id));
}

/** @returns {HTMLButtonElement[]} */
function buttons(page) {
  return [...page.querySelectorAll("[data-class]")];
}

function id(button) {
  return Number(button.dataset.class);
}
