// Signing in again without leaving the page, so that nothing on it is lost.

import { say } from "./texts.js";

export class SignIn {
  #dialog = document.querySelector("[data-sign-in]");
  #form = this.#dialog.querySelector("form");
  #told = this.#dialog.querySelector("[data-told]");

  /** `back()` is called as soon as somebody is signed in. */
  constructor(back) {
    this.#form.addEventListener("submit", async (event) => {
      event.preventDefault();
      this.#told.textContent = "";
      const problem = await this.#send();
      this.#form.elements.password.value = "";
      if (problem) {
        this.#told.textContent = problem;
        this.#form.elements.password.focus();
        return;
      }
      this.#dialog.close();
      back();
    });
    this.#dialog.addEventListener("click", (event) => event.target.closest("[data-cancel]") && this.#dialog.close());
  }

  open() {
    if (this.#dialog.open) return;
    this.#told.textContent = "";
    this.#dialog.showModal();
    this.#form.elements.password.focus();
  }

  close() {
    this.#dialog.close();
  }

  /** What went wrong, in words; nothing when it worked. */
  async #send() {
    try {
      // A successful sign-in redirects to another page: an opaque response is all that is visible here.
      const fields = /** @type {any} */ (new FormData(this.#form));
      const answer = await fetch("/sign-in", { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
      if (answer.type === "opaqueredirect") return "";
      if (answer.status === 422) return say("wrong-password");
      if (answer.status === 429) return say("too-many-passwords");
      return say("answered-status", { status: String(answer.status) });
    } catch {
      return say("unreachable-again");
    }
  }
}
