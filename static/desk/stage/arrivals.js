// What samples hold, fetched ahead: each is asked for once, and again until it arrives.

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10000;

/**
 * A sample's content, null until it is here; what waits is called then.
 *
 * @typedef {{ content: any, waiting: (() => void)[], fetch: () => void }} Arrival
 */

export class Arrivals {
  #read;
  #on;
  /** @type {Map<number, Arrival>} */
  #held = new Map();

  /** `read(text, card)` makes a content of what the server sent; `on.quiet()` says that nothing is on its way any more. */
  constructor(read, on) {
    this.#read = read;
    this.#on = on;
  }

  /** Whether one is on its way. */
  get loading() {
    return [...this.#held.values()].some((held) => held.content === null);
  }

  /** Release a sample's content. */
  release(sample) {
    this.#held.delete(sample);
  }

  /** Retry at once what has not arrived. */
  again() {
    for (const held of this.#held.values()) if (held.content === null) held.fetch();
  }

  /** Call `act` once a sample's content is here. */
  when(card, act) {
    const held = this.of(card);
    if (held.content === null) held.waiting.push(act);
    else act();
  }

  /**
   * A sample's content, on its way or here.
   *
   * @returns {Arrival}
   */
  of(card) {
    const held = this.#held.get(card.sample.id);
    if (held) return held;
    /** @type {Arrival} */
    const made = { content: null, waiting: [], fetch: () => {} };
    let wait = FIRST_RETRY_MS;
    let timer;
    made.fetch = async () => {
      clearTimeout(timer);
      try {
        const content = this.#read(await fetched(card), card);
        if (made.content !== null) return;
        made.content = content;
        for (const act of made.waiting.splice(0)) act();
        if (!this.loading) this.#on.quiet();
      } catch {
        timer = setTimeout(() => {
          if (this.#held.get(card.sample.id) === made) made.fetch();
        }, wait);
        wait = Math.min(wait * 2, LAST_RETRY_MS);
      }
    };
    this.#held.set(card.sample.id, made);
    made.fetch();
    return made;
  }
}

/** What the server sends of a whole sample, as text. */
export async function fetched(card) {
  const answer = await fetch(card.view?.url ?? card.media_url);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}
