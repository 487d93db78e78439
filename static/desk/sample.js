// One sample: its picture under the glass, and keys for the page's actions. Buttons and links do the same as the keys,
// so the page works without this script.

import { state } from "./state.js";

const { Stage } = await import(`./stage/${state.modality}.js`);

/** @type {HTMLElement} */
const page = document.querySelector("[data-sample]");
const live = page.querySelector("[data-live]");

const stage = new Stage(page, state, {
  say: (text) => (live.textContent = text),
  left: () => press("."),
  right: () => press(","),
  quiet() {},
});
stage.prepare(state.card);
stage.show(state.card);

/** Press the button or follow the link that has this key; whether there is one. */
function press(key) {
  const named = [...page.querySelectorAll("[aria-keyshortcuts]")].find((one) =>
    one.getAttribute("aria-keyshortcuts").split(" ").includes(key),
  );
  /** @type {HTMLElement} */ (named)?.click();
  return Boolean(named);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const writes = target.closest("input:not([type=checkbox]), textarea, select");
  // A button or link that has the focus is pressed by Enter itself.
  if (writes || (event.key === "Enter" && target.closest("a, button, summary"))) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const looks = stage.keys[key.toLowerCase()];
  // The glass handles its own keys, so its buttons must not be pressed too.
  if (looks) looks(event);
  else if (!press(key)) return;
  event.preventDefault();
});
