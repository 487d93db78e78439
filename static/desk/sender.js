// Sends what is in the outbox, in order, one at a time, until the server has confirmed it.

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;

export class Sender {
  #call;
  #outbox;
  #on;
  #busy = false;
  #retry = FIRST_RETRY_MS;
  #timer;

  /**
   * `on.wanted()` is how many samples to lease with an answer; `on.stored(item, receipt)` and `on.refused(item, failure)` tell
   * the end of one item; `on.stuck(failure)` that the first has to wait, `on.empty()` that nothing is left.
   */
  constructor(call, outbox, on) {
    this.#call = call;
    this.#outbox = outbox;
    this.#on = on;
  }

  /** Send now, whatever the next attempt was planned for. */
  async send() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      while (this.#outbox.first && (await this.#one(this.#outbox.first)));
    } finally {
      this.#busy = false;
    }
    if (this.#outbox.length === 0) this.#on.empty();
  }

  /** Send one item; `false` when it has to wait, and a later attempt is planned. */
  async #one(item) {
    let receipt;
    try {
      receipt = await this.#request(item);
    } catch (failure) {
      if (!waits(failure)) {
        // The server understood and refused: sending it again cannot help.
        this.#outbox.shift();
        this.#on.refused(item, failure);
        return true;
      }
      this.#on.stuck(failure);
      this.#timer = setTimeout(() => this.send(), this.#retry);
      this.#retry = Math.min(this.#retry * 2, LAST_RETRY_MS);
      return false;
    }
    this.#retry = FIRST_RETRY_MS;
    try {
      // Before it leaves the outbox: consequences of the receipt may have to be stored there first.
      this.#on.stored(item, receipt);
    } finally {
      this.#outbox.shift();
    }
    return true;
  }

  #request({ kind, id, body }) {
    switch (kind) {
      case "undo":
        return this.#call("DELETE", `/annotations/${body.annotation}`);
      case "group":
        return this.#call("POST", "/groups/answers", body);
      case "ungroup":
        return this.#call("POST", "/groups/undo", body);
      case "flag":
        return this.#call("POST", "/flags", { id, ...body });
      default:
        // The server extends own leases; ask for as many more as the queue needs.
        return this.#call("POST", "/annotations", { id, ...said(body), next: this.#on.wanted() });
    }
  }
}

// The part of an item that is sent; how its sample is shown stays on this page.
function said({ view, ...body }) {
  return body;
}

// Signed out, or somebody else signed in beside this page: the answers belong to someone else, and wait for their
// owner.
function waits(failure) {
  return (
    failure.passing ||
    failure.status === 401 ||
    ["foreign_lease", "foreign_annotation", "no_project"].includes(failure.code)
  );
}
