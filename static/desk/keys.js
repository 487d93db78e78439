// Which key does what on the desk, and the dialog in which people choose their own.

import { sentence } from "./api.js";
import { say } from "./texts.js";

/** Keys that may repeat while held, since repeating does no harm. */
const HELD = new Set(["arrowleft", "arrowright", "arrowup", "arrowdown", "+", "=", "-", "b", "c"]);

/**
 * Listen for keys. `actions` maps a key to what it does, `answer(button)` gives a class's answer. Keys that are held, that
 * come with Ctrl, Alt or Meta, that go into a field or a dialog, or that `leave(event)` leaves to what has the focus, are not
 * the desk's.
 *
 * @param {HTMLElement} desk
 * @param {Record<string, (event: KeyboardEvent) => void>} actions
 * @param {(button: HTMLElement) => void} answer
 * @param {(event: KeyboardEvent) => boolean} leave
 */
export function listen(desk, actions, answer, leave = (_event) => false) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A dialog just closed by a key is no longer open, but the key was still meant for it.
    if (
      event.defaultPrevented ||
      event.target.closest("dialog") ||
      document.querySelector("dialog[open]") ||
      taken(event) ||
      leave(event)
    )
      return;
    const key = event.key.toLowerCase();
    if (event.repeat && !HELD.has(key)) return;
    const action = actions[key];
    if (action) {
      event.preventDefault();
      action(event);
      return;
    }
    const button = desk.querySelector(`[data-class][data-key="${CSS.escape(key)}"]`);
    if (!button || button.disabled) return;
    event.preventDefault();
    answer(button);
  });
}

/** Whether the field that has the focus needs this key itself. A slider does not capture class keys. */
function taken({ target, key }) {
  const field = target.closest("input, textarea, select");
  if (!field) return false;
  if (field.type === "range") return key.startsWith("Arrow");
  return field.type !== "checkbox";
}

/** The dialog: a row for each class; after a click on its key, the next key pressed becomes the class's. */
export class KeyDialog {
  #desk;
  #reserved;
  #call;
  #dialog = document.querySelector("[data-keys]");
  #rows = new Map();
  #asking = null;

  /** `reserved` are the keys that no class may have. */
  constructor(desk, reserved, call) {
    this.#desk = desk;
    this.#reserved = reserved;
    this.#call = call;
    for (const row of this.#dialog.querySelectorAll("[data-key-of]")) this.#rows.set(Number(row.dataset.keyOf), row);
    this.#dialog.addEventListener("click", (event) => {
      const row = event.target.closest("[data-key-of]");
      if (row) this.#ask(row);
      else if (event.target.closest("[data-save]")) this.#save("PUT", { keys: this.#chosen() });
      else if (event.target.closest("[data-defaults]")) this.#save("DELETE");
      else if (event.target.closest("[data-cancel]")) this.#dialog.close();
    });
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event));
    this.#dialog.addEventListener("close", () => this.#ask(null));
  }

  open() {
    for (const [id, row] of this.#rows) write(row, this.#button(id).dataset.key ?? "");
    this.#tell("");
    this.#dialog.showModal();
  }

  #ask(row) {
    this.#asking?.classList.remove("asking");
    this.#asking = row;
    if (!row) return;
    row.classList.add("asking");
    this.#tell(say("keys-press", { class: row.dataset.name }));
  }

  #pressed(event) {
    if (!this.#asking || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "tab" || key === "shift") return;
    event.preventDefault();
    const row = this.#asking;
    if (key === "escape") {
      this.#ask(null);
      this.#tell("");
      return;
    }
    if (key !== "backspace" && ([...key].length !== 1 || key === " " || this.#reserved.includes(key))) {
      this.#tell(
        say("keys-taken", { key: event.key === " " ? say("keys-space") : event.key, class: row.dataset.name }),
      );
      return;
    }
    const wanted = key === "backspace" ? "" : key;
    const other = wanted && [...this.#rows.values()].find((other) => other !== row && other.dataset.key === wanted);
    if (other) write(other, row.dataset.key === wanted ? "" : row.dataset.key);
    const swapped = other
      ? ` ${say("keys-swapped", { class: other.dataset.name, key: shown(other.dataset.key) })}`
      : "";
    write(row, wanted);
    this.#ask(null);
    this.#tell(say("keys-set", { class: row.dataset.name, key: shown(wanted) }) + swapped);
  }

  #chosen() {
    return [...this.#rows].map(([id, row]) => ({ class: id, key: row.dataset.key }));
  }

  async #save(method, body) {
    try {
      const { keys } = await this.#call(method, "/keys", body);
      for (const { class: id, key } of keys) {
        const button = this.#button(id);
        if (button) label(button, key);
      }
      this.#dialog.close();
    } catch (failure) {
      this.#tell(say("not-saved", { reason: sentence(failure) }));
    }
  }

  #button(id) {
    return this.#desk.querySelector(`[data-class="${id}"]`);
  }

  #tell(text) {
    this.#dialog.querySelector("[data-told]").textContent = text;
  }
}

function shown(key) {
  return key ? key.toUpperCase() : say("keys-none");
}

function write(row, key) {
  row.dataset.key = key;
  row.querySelector("kbd").textContent = key || say("keys-none");
}

function label(button, key) {
  const sign = button.querySelector("kbd");
  sign.textContent = key;
  sign.hidden = !key;
  if (key) {
    button.dataset.key = key;
    button.setAttribute("aria-keyshortcuts", key);
  } else {
    delete button.dataset.key;
    button.removeAttribute("aria-keyshortcuts");
  }
}
