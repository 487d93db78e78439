// Groups of samples: requests the next one while this one is shown, and gives back leases that are no longer needed.

/** Leases that are given back in one request. */
const MOST_AT_ONCE = 64;

/** @typedef {{ kind: string, class?: number, classes?: number[], about: string, like_url?: string, leases: import("../state.js").Lease[] }} Group */

export class Groups {
  #call;
  #state;
  #load;
  #passed;
  #coming = null;
  /** Leases that no answer has used yet. */
  #held = new Set();
  /** Samples of a group. */
  size;

  /** `passed` are the samples that were looked at and left out; `load(lease)` fetches what will be seen of one. */
  constructor(call, state, passed, size, load) {
    this.#call = call;
    this.#state = state;
    this.#passed = passed;
    this.size = size;
    this.#load = load;
  }

  /** Whether a prefetched group is waiting. */
  get waits() {
    return Boolean(this.#coming);
  }

  /** The prefetched group, or another one; or why there is none. `insteadOf` are leases that it replaces. */
  async next(insteadOf = []) {
    const ahead = insteadOf.length === 0 ? this.#coming : null;
    this.#coming = null;
    return (await ahead) ?? (await this.#lease(insteadOf));
  }

  /** Ask for the group after this one. */
  ahead() {
    this.#coming = this.#lease([]).catch(() => null);
  }

  /** Discard the waiting group. */
  drop() {
    this.#coming?.then((answer) => this.giveBack(answer?.group?.leases ?? []));
    this.#coming = null;
  }

  /** These samples are with this person. */
  hold(leases) {
    for (const { lease } of leases) this.#held.add(lease);
  }

  /** These have their answer. */
  used(leases) {
    for (const { lease } of leases) this.#held.delete(lease);
  }

  /** Leases that nobody looks at any more run out by themselves; giving them back is a courtesy to others. */
  giveBack(leases) {
    this.used(leases);
    for (const { lease } of leases) this.#call("DELETE", `/leases/${lease}`).catch(() => {});
  }

  /** Give back all unanswered leases when the page is left: `unsaid` is an answer for no sample. */
  leave(unsaid) {
    const leases = [...this.#held];
    this.#held.clear();
    for (let at = 0; at < leases.length; at += MOST_AT_ONCE) {
      const body = JSON.stringify({ ...unsaid, answers: [], odd: leases.slice(at, at + MOST_AT_ONCE) });
      navigator.sendBeacon(`${this.#state.api}/groups/answers`, new Blob([body], { type: "application/json" }));
    }
  }

  async #lease(insteadOf) {
    const { like, class: wanted, area, map, only } = this.#state;
    const answer = await this.#call("POST", "/groups", {
      size: this.size,
      passed: this.#passed.items,
      instead_of: insteadOf.map(({ lease }) => lease),
      like,
      class: wanted,
      area,
      map,
      only,
    });
    const leases = answer.group?.leases ?? [];
    leases.forEach((lease) => this.#load(lease));
    this.hold(leases);
    return answer;
  }
}
