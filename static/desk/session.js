// The server's responses, and their effect on every page that sends answers: stored, refused, out of reach, signed out,
// and back again.

import { Failure, away, sentence } from "./api.js";
import { Sender } from "./sender.js";
import { say } from "./texts.js";

/** Somebody else signed in beside this page: the waiting answers are not theirs. */
const FOREIGN = ["foreign_lease", "foreign_annotation", "no_project"];

/** @typedef {{ id: string, kind: string, body: any }} Item What waits in the outbox. */

/**
 * @typedef {object} Listener
 * @property {(item: Item, receipt: any) => void} stored The server has an item.
 * @property {(item: Item, failure: import("./api.js").Failure) => void} refused The server will never take an item.
 * @property {() => void} again Requests work again.
 * @property {() => boolean} [lost] The server is out of reach; returns whether the page shows that itself.
 * @property {() => void} [found] It is there again.
 * @property {() => boolean} idle Whether there is nothing left to do but to sign in.
 * @property {() => void} [empty] Nothing is left to send.
 * @property {() => number} [wanted] How many samples to lease with an answer.
 */

export class Session {
  #outbox;
  #status;
  #signIn;
  #words;
  #on;
  #sender;
  /** Whether the last request did not get through. */
  #troubled = false;
  /** Whether it did not get anywhere. */
  #away = false;
  #signedOut = false;
  /** Whether signing in was offered since; those who put it off are not asked again. */
  #offered = false;

  /**
   * `signIn` opens and closes the dialog; `words` are the ids of what is said while the outbox waits: for a
   * server that fails, and for one that is out of reach.
   *
   * @param {{
   *   call: Function,
   *   outbox: import("./outbox.js").Outbox,
   *   status: Pick<import("./status.js").Status, "notice" | "progress" | "away">,
   *   signIn: Pick<import("./sign_in.js").SignIn, "open" | "close">,
   *   words: { wait: string, away: string },
   * }} parts
   * @param {Listener} on
   */
  constructor({ call, outbox, status, signIn, words }, on) {
    this.#outbox = outbox;
    this.#status = status;
    this.#signIn = signIn;
    this.#words = words;
    this.#on = on;
    this.#sender = new Sender(call, outbox, {
      wanted: () => on.wanted?.() ?? 0,
      stored: (item, receipt) => this.#stored(item, receipt),
      refused: (item, failure) => on.refused(item, failure),
      stuck: (failure) => this.trouble(failure),
      empty: () => on.empty?.(),
    });
  }

  /** Keep an item until the server has it, and send it. */
  put(item) {
    this.#outbox.put(item);
    this.#sender.send();
  }

  /** Send what waits, now. */
  send() {
    this.#sender.send();
  }

  /** Whether the server is out of reach. */
  get away() {
    return this.#away;
  }

  /** A request got through. */
  reached() {
    // Send waiting items at once.
    if (this.#away) this.#sender.send();
    this.#reach(true);
    if (this.#troubled && this.#outbox.length === 0) this.#calm();
    if (this.#signedOut) this.comeBack();
  }

  /** A request failed, or was not for the person who is signed in. */
  trouble(failure) {
    const n = this.#outbox.length;
    this.#troubled = true;
    this.#reach(failure.status !== undefined);
    if (failure.status === 401) {
      this.#signedOut = true;
      this.#status.notice(say(n === 0 ? "session-over" : "session-over-kept"), true);
      this.idle();
    } else if (failure.status === 403 || FOREIGN.includes(failure.code)) {
      this.#status.notice(say("somebody-else"), true);
    } else if (this.#away) {
      const told = this.#on.lost?.();
      this.#status.notice(told ? null : say(n === 0 ? "goes-on" : this.#words.away, { n, why: away(failure) }));
    } else if (n === 0 || !failure.passing) {
      this.#status.notice(away(failure));
    } else {
      this.#status.notice(say(failure.code === "disk_full" ? "answers-wait-full" : this.#words.wait, { n }));
    }
  }

  /** Nothing can be done here at present: if a session is missing, offer to sign in, once. */
  idle() {
    if (!this.#signedOut || this.#offered || !this.#on.idle()) return;
    this.#offered = true;
    this.#signIn.open();
  }

  /** Somebody is signed in again: continue sending. */
  comeBack() {
    this.#signedOut = false;
    this.#offered = false;
    this.#signIn.close();
    this.#calm();
    this.again();
  }

  /** Requests work again. */
  again() {
    this.#on.again();
    this.#sender.send();
  }

  /** Listen to the page's buttons, the network, and visibility. */
  listen(page) {
    page.querySelector("[data-notice-link]").addEventListener("click", () => this.#signIn.open());
    window.addEventListener("online", () => this.again());
    window.addEventListener("offline", () => this.trouble(new Failure(say("offline"))));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#sender.send());
  }

  #calm() {
    this.#troubled = false;
    this.#reach(true);
    this.#status.notice(null);
  }

  #reach(reached) {
    const was = this.#away;
    this.#away = !reached;
    this.#status.away(this.#away);
    if (reached && was) this.#on.found?.();
  }

  #stored(item, receipt) {
    this.#calm();
    this.#status.progress(receipt?.progress);
    // First: its consequences may have to be stored in the outbox before anything else is sent.
    this.#on.stored(item, receipt);
    if (this.#signedOut) this.comeBack();
  }
}

/** Why an item was refused, by the id of the text around it. */
export function why(id, failure) {
  return say(id, { reason: sentence(failure) });
}
