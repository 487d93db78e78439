// Questions to the lead about a sample, and the answers.

import { uuid } from "./api.js";
import { submitByEnter } from "./skip.js";
import { say } from "./texts.js";

/** How often to ask for answers while the page is looked at. */
const EVERY_MS = 60_000;

export class Flags {
  #call;
  #send;
  #say;
  #dialog = document.querySelector("[data-flag-dialog]");
  #form = this.#dialog.querySelector("[data-flag-form]");
  #list = this.#dialog.querySelector("[data-flags-list]");
  #news;
  #flags;
  #sample = null;

  /** `flags` are the existing ones; `send(item)` stores and sends a new one; `say(text)` announces replies. */
  constructor(desk, flags, call, send, say) {
    this.#call = call;
    this.#send = send;
    this.#say = say;
    this.#news = desk.querySelector("[data-flag-news]");
    this.#flags = flags;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#raise(this.#form.elements.text.value.trim());
    });
    submitByEnter(this.#form.elements.text);
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog || event.target.closest("[data-cancel]")) this.#dialog.close();
    });
    setInterval(() => document.visibilityState === "visible" && this.renew(), EVERY_MS);
    this.#show();
  }

  /** Ask about a sample; without one, only the answers are shown. */
  open(sample) {
    this.#sample = sample;
    this.#form.elements.text.disabled = !sample;
    this.#form.elements.text.value = "";
    this.#show();
    this.#dialog.showModal();
    this.#seen();
  }

  /** Check for answers. */
  async renew() {
    try {
      const before = this.#unseen();
      this.#flags = (await this.#call("GET", "/flags")).flags;
      this.#show();
      if (this.#unseen() > before) this.#say(say("flag-answered"));
    } catch {
      /* the next check will show */
    }
  }

  #raise(text) {
    if (!text || !this.#sample) return;
    const id = uuid();
    this.#send({ id, kind: "flag", body: { sample: this.#sample.id, text } });
    const note = { by: say("flag-you"), kind: "flag", text, made_at: new Date().toISOString() };
    this.#flags.unshift({
      id,
      sample: this.#sample.id,
      thumb_url: this.#sample.thumb,
      done: false,
      unseen: false,
      notes: [note],
    });
    this.#dialog.close();
    this.#show();
  }

  /** An opened flag counts as read. */
  #seen() {
    for (const flag of this.#flags.filter((flag) => flag.unseen)) {
      this.#call("POST", `/flags/${flag.id}/seen`).then(
        () => {
          flag.unseen = false;
          this.#badge();
        },
        () => {},
      );
    }
  }

  #unseen() {
    return this.#flags.filter((flag) => flag.unseen).length;
  }

  #badge() {
    const n = this.#unseen();
    this.#news.hidden = n === 0;
    this.#news.textContent = say("flag-answers", { n });
  }

  #show() {
    this.#badge();
    this.#list.replaceChildren(
      ...this.#flags.slice(0, 20).map((flag) => {
        const row = element("article", "desk-flagged");
        const small = element("img");
        small.src = flag.thumb_url;
        small.alt = "";
        const said = element("div");
        for (const note of flag.notes) {
          const line = element("p");
          line.append(
            element("b", "", note.by),
            " ",
            note.kind === "done" ? element("span", "pill good", say("flag-done")) : element("span", "", note.text),
          );
          said.append(line);
        }
        if (flag.notes.length === 1) said.append(element("p", "tiny quiet", say("flag-waits")));
        if (flag.unseen) said.append(element("p", "pill warn", say("flag-new")));
        row.append(small, said);
        return row;
      }),
    );
  }
}

function element(name, style = "", text = "") {
  const made = document.createElement(name);
  if (style) made.className = style;
  if (text) made.textContent = text;
  return made;
}
