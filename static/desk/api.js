// Requests to the JSON twin of the pages.

import { say } from "./texts.js";

/** The server understood and refused, or could not answer: `status` is undefined when nothing came back. */
export class Failure extends Error {
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The same request may succeed later: no network, a server that restarts, a proxy's error page. */
  get passing() {
    return this.status === undefined || this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** Call an address below `base`. Resolves to the answer's JSON; rejects with a [`Failure`]. */
export function caller(base) {
  return async (method, path, body) => {
    let response, text;
    try {
      response = await fetch(base + path, {
        method,
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      text = await response.text();
    } catch {
      throw new Failure(say("unreachable"));
    }
    let answer = null;
    try {
      answer = text ? JSON.parse(text) : null;
    } catch {
      /* a proxy's error page */
    }
    if (response.ok) return answer;
    throw new Failure(
      answer?.error?.message ?? say("answered-status", { status: String(response.status) }),
      response.status,
      answer?.error?.code,
    );
  };
}

/** What went wrong, as a sentence. */
export function sentence({ message }) {
  return /[.?!。？！]$/u.test(message) ? message : `${message}.`;
}

/** Why there is no result: a server that answers with a reason is reachable. */
export function away(failure) {
  if (failure.code) return sentence(failure);
  return say(navigator.onLine === false ? "offline" : "unreachable");
}

/** A fresh UUID. Plain-http addresses in a local network have no `randomUUID`. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
