// The row of samples: the one in front, and a few behind it that are leased and loaded already.

/** Samples held ready behind the one in front. */
const AHEAD = 4;
const FIRST_POLL_MS = 1000;
const LAST_POLL_MS = 10000;

export class Queue {
  #call;
  #on;
  #fetching = false;
  #poll = FIRST_POLL_MS;
  #timer;
  /** The answer to what was asked before this script was here. */
  #early;
  /** Samples whose answers were stored since leases were last requested: the response may still include them. */
  #settled = new Set();
  /** @type {import("./state.js").Lease[]} */
  cards = [];

  /**
   * `on.answered(sample)` says whether an answer to a sample waits already; `on.ahead(card)` that a sample may be loaded;
   * `on.front()` that another one is in front, `on.none(reason)` that there is none; `on.reached()` and `on.failed(failure)` how
   * asking for more went. `early` is the answer to what was asked before, if anything was.
   *
   * @param {Function} call
   * @param {any} on
   * @param {Promise<any>} [early]
   */
  constructor(call, on, early) {
    this.#call = call;
    this.#on = on;
    this.#early = early;
  }

  get front() {
    return this.cards[0];
  }

  /** How many more to ask for. */
  get wanted() {
    return Math.max(0, Math.min(AHEAD - this.cards.length, 8));
  }

  /** Put leased samples at the end, each once. */
  arrive(leases) {
    const known = new Set(this.cards.map((card) => card.sample.id));
    const was = this.cards.length;
    for (const lease of leases) {
      if (!known.has(lease.sample.id) && !this.#on.answered(lease.sample.id)) this.cards.push(lease);
    }
    this.cards.slice(0, AHEAD + 1).forEach((card) => this.#on.ahead(card));
    if (was === 0 && this.cards.length > 0) this.#on.front();
  }

  /** Remove the sample in front. */
  shift() {
    return this.cards.shift();
  }

  /** The server has an answer to this sample. */
  settled(sample) {
    this.#settled.add(sample);
  }

  /** Put a sample in front, where it may have been already. */
  bring(card) {
    this.#settled.delete(card.sample.id);
    this.remove(card.sample.id);
    this.cards.unshift(card);
  }

  remove(sample) {
    this.cards = this.cards.filter((card) => card.sample.id !== sample);
  }

  /** Ask for more samples; keeps asking while there are none. */
  async refill() {
    if (this.#fetching || this.cards.length >= AHEAD) return;
    this.#fetching = true;
    clearTimeout(this.#timer);
    try {
      const early = this.#early;
      this.#early = null;
      const answer = (await early) ?? (await this.#ask());
      this.arrive(answer.leases.filter(({ sample }) => !this.#settled.has(sample.id)));
      this.#on.reached();
      if (this.cards.length === 0) this.#on.none(answer.empty?.reason);
    } catch (failure) {
      if (this.cards.length === 0) this.#on.failed(failure);
    }
    this.#fetching = false;
    if (this.cards.length > 0) {
      this.#poll = FIRST_POLL_MS;
      return;
    }
    this.#timer = setTimeout(() => this.refill(), this.#poll);
    this.#poll = Math.min(this.#poll * 1.5, LAST_POLL_MS);
  }

  #ask() {
    this.#settled.clear();
    return this.#call("POST", "/leases", { count: AHEAD, resume: true });
  }
}
