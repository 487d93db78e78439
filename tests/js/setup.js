// What tests of scripts need before a script is loaded: a page with a state, storage, and Fluent where the browser has it.

import { readFileSync } from "node:fs";
import { register } from "node:module";

import { Document } from "./dom.js";

register("./resolve.js", import.meta.url);

const texts = readFileSync(new URL("../../locales/en/scripts.ftl", import.meta.url), "utf8");

class Storage {
  #items = new Map();
  /** Whether nothing more may be kept. */
  full = false;

  get length() {
    return this.#items.size;
  }

  key(at) {
    return [...this.#items.keys()][at] ?? null;
  }

  getItem(name) {
    return this.#items.get(name) ?? null;
  }

  setItem(name, value) {
    if (this.full) throw new Error("full");
    this.#items.set(name, String(value));
  }

  removeItem(name) {
    this.#items.delete(name);
  }

  clear() {
    this.#items.clear();
    this.full = false;
  }
}

const document = new Document();
document.documentElement.lang = "en";
const script = document.make("script", { "data-state": "" });
script.textContent = JSON.stringify({
  api: "/api",
  project: "birds",
  account: 1,
  task: "single",
  modality: "image",
  texts,
});

Object.assign(globalThis, {
  document,
  localStorage: new Storage(),
  sessionStorage: new Storage(),
  window: globalThis,
  CSS: { escape: (text) => text },
});

// Some versions of Node have one of their own.
Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true, writable: true });
