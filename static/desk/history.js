// A person's own answers: small pictures of them, and the way back to any one to look at it or change it.

import { say } from "./texts.js";

/** Small pictures that are kept beside the sample. */
const STRIP = 60;

export class History {
  #desk;
  #strip;
  #on;
  /** The earlier answer being viewed; `null`: at the queue. */
  #at = null;
  /** @type {import("./state.js").Entry[]} Oldest first. */
  entries;

  /** `on.open(entry, back)` shows an earlier answer, `back` answers ago; `on.close()` returns to the queue. */
  constructor(desk, entries, on) {
    this.#desk = desk;
    this.#on = on;
    this.#strip = desk.querySelector("[data-strip]");
    this.entries = entries;
    this.#strip.addEventListener("click", (event) => {
      const item = event.target.closest("[data-answer]");
      if (item) this.open(this.entries.findIndex((entry) => entry.id === item.dataset.answer));
    });
  }

  /** The answer being viewed, if any. */
  get opened() {
    return this.#at === null ? null : this.entries[this.#at];
  }

  get last() {
    return this.entries.at(-1);
  }

  /** Add what the server does not know yet: answers, changes and undos waiting from before this page was loaded. */
  follow(outbox) {
    for (const { kind, id, body } of outbox) {
      if (kind === "undo" || kind === "change")
        this.entries = this.entries.filter((entry) => entry.id !== (body.annotation ?? body.changes));
      if (kind === "undo") continue;
      const view = body.view ?? null;
      this.entries.push({
        id,
        sample: body.sample,
        view,
        class: body.class ?? null,
        classes: body.classes ?? null,
        skip: body.skip ?? null,
        changed: kind === "change",
      });
    }
  }

  /** Look at an earlier answer. */
  open(at) {
    if (at < 0 || at >= this.entries.length) return;
    this.#at = at;
    this.#mark();
    this.#on.open(this.entries[at], this.entries.length - at);
  }

  /** One answer further back. */
  earlier() {
    this.open((this.#at ?? this.entries.length) - 1);
  }

  /** One answer further on, and behind the last one the queue. */
  later() {
    if (this.#at === null) return;
    if (this.#at + 1 < this.entries.length) this.open(this.#at + 1);
    else this.close();
  }

  /** Return to the queue. */
  close() {
    if (this.#at === null) return;
    this.#at = null;
    this.#mark();
    this.#on.close();
  }

  /**
   * What an answer says, in words.
   *
   * @param {{ class?: number, classes?: number[], skip?: string }} said
   */
  name({ class: id, classes, skip }) {
    if (classes) return classes.map((id) => this.name({ class: id })).join(say("list-comma")) || say("none-of-these");
    if (id === undefined || id === null)
      return skip ? say("skipped-because", { reason: reason(skip) }) : say("skipped");
    return this.#button(id)?.dataset.name ?? say("another-class");
  }

  /** Add an answer, with the address of a small picture. */
  add(entry, picture) {
    this.entries.push(entry);
    this.#strip.prepend(this.#item(entry, picture));
    this.#desk.querySelector("[data-past]").hidden = false;
    while (this.#strip.children.length > STRIP) this.#strip.lastElementChild.remove();
  }

  /** Replace an earlier answer to the same sample; the new one is the newest. `picture` is for one that has none. */
  change(entry, changed, picture) {
    const image = this.#place(entry.id)?.querySelector("img");
    const small = image?.getAttribute("src") ?? image?.dataset.later ?? picture;
    this.remove(entry);
    this.add(changed, small);
  }

  remove(entry) {
    this.#place(entry.id)?.remove();
    this.entries = this.entries.filter((other) => other !== entry);
    this.#at = null;
  }

  #place(id) {
    return this.#strip.querySelector(`[data-answer="${CSS.escape(id)}"]`)?.parentElement;
  }

  #item(entry, source) {
    const item = document.createElement("li");
    const open = document.createElement("button");
    open.type = "button";
    open.dataset.answer = entry.id;
    open.title = this.name(entry);
    const small = document.createElement("img");
    small.src = source;
    small.alt = open.title;
    const said = document.createElement("span");
    said.className = "desk-said";
    for (const id of entry.classes?.length ? entry.classes : [entry.class]) {
      const swatch = document.createElement("i");
      swatch.className = this.#button(id)?.querySelector(".square").className ?? "square";
      said.append(swatch);
    }
    open.append(small, said);
    item.append(open);
    return item;
  }

  #mark() {
    for (const button of this.#strip.querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
    if (!this.opened) return;
    const button = this.#place(this.opened.id)?.firstElementChild;
    button?.setAttribute("aria-current", "true");
    button?.scrollIntoView({ block: "nearest" });
  }

  #button(id) {
    return this.#desk.querySelector(`[data-class="${id}"]`);
  }
}

/** A reason to skip as its button says it. */
function reason(skip) {
  return document.querySelector(`[data-reason="${CSS.escape(skip)}"] span`)?.textContent ?? skip;
}
