// As much of a page as the scripts under test need: elements with attributes, a few selectors, events that bubble.

export class Element {
  #attributes = new Map();
  #text = "";
  #listeners = [];
  children = [];
  parentElement = null;
  disabled = false;
  tabIndex = 0;

  constructor(name, attributes = {}, children = []) {
    this.name = name;
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value);
    this.append(...children);
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  setAttribute(name, value) {
    this.#attributes.set(name, String(value));
  }

  removeAttribute(name) {
    this.#attributes.delete(name);
  }

  get dataset() {
    const name = (key) => `data-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return new Proxy(
      {},
      {
        get: (_, key) => this.getAttribute(name(key)) ?? undefined,
        set: (_, key, value) => (this.setAttribute(name(key), value), true),
        deleteProperty: (_, key) => (this.removeAttribute(name(key)), true),
      },
    );
  }

  get classList() {
    const now = () => new Set((this.className ?? "").split(" ").filter(Boolean));
    const keep = (all) => (this.className = [...all].join(" "));
    return {
      add: (name) => keep(now().add(name)),
      remove: (name) => keep([...now()].filter((other) => other !== name)),
      contains: (name) => now().has(name),
      toggle: (name, on) => keep(on ? now().add(name) : [...now()].filter((other) => other !== name)),
    };
  }

  get className() {
    return this.getAttribute("class") ?? "";
  }

  set className(value) {
    this.setAttribute("class", value);
  }

  get src() {
    return this.getAttribute("src") ?? undefined;
  }

  set src(value) {
    this.setAttribute("src", value);
  }

  get hidden() {
    return this.getAttribute("hidden") !== null;
  }

  set hidden(on) {
    if (on) this.setAttribute("hidden", "");
    else this.removeAttribute("hidden");
  }

  get textContent() {
    return this.#text + this.children.map((child) => child.textContent).join("");
  }

  set textContent(text) {
    this.children = [];
    this.#text = String(text);
  }

  get firstElementChild() {
    return this.children[0];
  }

  get lastElementChild() {
    return this.children.at(-1);
  }

  append(...more) {
    for (const child of more) child.parentElement = this;
    this.children.push(...more);
  }

  prepend(...more) {
    for (const child of more) child.parentElement = this;
    this.children.unshift(...more);
  }

  replaceChildren(...more) {
    this.children = [];
    this.append(...more);
  }

  remove() {
    if (this.parentElement) this.parentElement.children = this.parentElement.children.filter((child) => child !== this);
    this.parentElement = null;
  }

  matches(selectors) {
    return selectors.split(",").some((one) => fits(this, one.trim()));
  }

  closest(selectors) {
    return this.matches(selectors) ? this : (this.parentElement?.closest(selectors) ?? null);
  }

  querySelectorAll(selectors) {
    return this.children.flatMap((child) => [
      ...(child.matches(selectors) ? [child] : []),
      ...child.querySelectorAll(selectors),
    ]);
  }

  querySelector(selectors) {
    return this.querySelectorAll(selectors)[0] ?? null;
  }

  addEventListener(kind, act) {
    this.#listeners.push({ kind, act });
  }

  /** Let an event happen here and on all around it. */
  happen(kind, event = {}) {
    const whole = { target: this, detail: 0, preventDefault() {}, ...event };
    for (let at = this; at; at = at.parentElement)
      for (const one of at.#listeners) if (one.kind === kind) one.act(whole);
  }

  click() {
    if (!this.disabled) this.happen("click");
  }

  blur() {}
  focus() {}
  scrollIntoView() {}
}

export class Document extends Element {
  documentElement = new Element("html");

  constructor() {
    super("document");
    this.append(this.documentElement);
  }

  createElement(name) {
    return new Element(name);
  }

  createElementNS(_, name) {
    return new Element(name);
  }

  /** An element on the page. */
  make(name, attributes, children) {
    const made = new Element(name, attributes, children);
    this.documentElement.append(made);
    return made;
  }
}

/** Whether an element fits names, classes and attributes beside each other: `button.small[data-at="3"]`. */
function fits(element, selector) {
  const [, name, rest] = selector.match(/^([a-z]*)(.*)$/);
  if (name && element.name !== name) return false;
  return [...rest.matchAll(/\.([\w-]+)|\[([\w-]+)(?:="?([^"\]]*)"?)?\]/g)].every(([, style, attribute, value]) => {
    if (style) return element.classList.contains(style);
    const has = element.getAttribute(attribute);
    return value === undefined ? has !== null : has === value;
  });
}
