// Answers and undos that the server has not confirmed yet, in the browser's storage.
//
// One storage item for each, so that two tabs never overwrite each other's. Sending one twice does no harm: its id makes it
// one annotation.

export class Outbox {
  #prefix;
  #changed;
  #items;

  /** `prefix` names whose and which project's; `changed` is called with the number that wait. */
  constructor(prefix, changed) {
    this.#prefix = prefix;
    this.#changed = changed;
    this.#items = stored(prefix);
  }

  get length() {
    return this.#items.length;
  }

  get first() {
    return this.#items[0];
  }

  /** What waits, oldest first. */
  [Symbol.iterator]() {
    return this.#items.values();
  }

  /** Whether an answer to this sample waits. */
  answers(sample) {
    return this.#items.some((item) => item.kind === "answer" && item.body.sample === sample);
  }

  /** Add `{ id, kind, body }` at the end. */
  put(item) {
    // The order survives a reload, even within one millisecond.
    const last = this.#items.at(-1)?.at ?? 0;
    item.at = Math.max(Date.now(), last + 1);
    this.#items.push(item);
    this.#keep(item);
    this.#changed(this.length);
  }

  /** Remove the first item: the server has it, or will never accept it. */
  shift() {
    const item = this.#items.shift();
    this.#forget(item);
    this.#changed(this.length);
    return item;
  }

  /** Set the lease, known only now, that the answer to `sample` waits for. */
  lease(sample, lease) {
    for (const item of this.#items) {
      if (item.kind === "answer" && item.body.sample === sample && !item.body.lease) {
        item.body.lease = lease;
        this.#keep(item);
      }
    }
  }

  /** Remove items that wait for a lease of `sample` that will never come; returns how many. */
  withdraw(sample) {
    const [out, left] = [[], []];
    for (const item of this.#items) {
      (item.kind === "answer" && item.body.sample === sample && !item.body.lease ? out : left).push(item);
    }
    this.#items = left;
    out.forEach((item) => this.#forget(item));
    this.#changed(this.length);
    return out.length;
  }

  #keep(item) {
    try {
      localStorage.setItem(this.#prefix + item.id, JSON.stringify(item));
    } catch {
      /* full or private: memory must do */
    }
  }

  #forget(item) {
    try {
      localStorage.removeItem(this.#prefix + item.id);
    } catch {
      /* was never there */
    }
  }
}

function stored(prefix) {
  const kept = [];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const name = localStorage.key(i);
      if (!name.startsWith(prefix)) continue;
      const item = JSON.parse(localStorage.getItem(name));
      kept.push(item.kind ? item : earlier(item));
    }
  } catch {
    /* no storage */
  }
  return kept.sort((a, b) => a.at - b.at);
}

// An answer as the first version of this page kept it.
function earlier({ at, ...body }) {
  return { id: body.id, at, kind: "answer", body };
}
