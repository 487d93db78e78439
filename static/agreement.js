// Keys of the agreement page: each presses the button or follows the link that names it, so that the page works without this script.

/** What a key may press: while the other classes are shown, theirs come first. */
function pressed(key) {
  const settle = document.getElementById("settle");
  if (!settle) return null;
  const named = [...settle.querySelectorAll("[aria-keyshortcuts]")].filter(
    (one) => one.getAttribute("aria-keyshortcuts").toLowerCase() === key.toLowerCase() && one.checkVisibility(),
  );
  return /** @type {HTMLElement | undefined} */ (named.find((one) => one.closest(".sheet")) ?? named[0]);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest("input:not([type=checkbox]), textarea, select, .scroll")) return;
  const open = /** @type {HTMLDetailsElement | null} */ (document.querySelector("#settle details[open]"));
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
    return;
  }
  const button = pressed(event.key);
  if (!button) return;
  button.click();
  event.preventDefault();
});
