// Which key does what on the desk.

/** Keys that may be held: what they do harms nothing, however often. */
const HELD = new Set(["arrowleft", "arrowright", "arrowup", "arrowdown", "+", "=", "-", "b", "c"]);

/**
 * Listen for keys. `actions` maps a key to what it does, `answer(button)` gives a class's answer. Keys that are held, that
 * come with Ctrl, Alt or Meta, or that go into a field or a dialog, are not the desk's.
 */
export function listen(desk, actions, answer) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (taken(event) || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (event.repeat && !HELD.has(key)) return;
    const action = actions[key];
    if (action) {
      event.preventDefault();
      action(event);
      return;
    }
    const button = desk.querySelector(`[data-class][data-key="${CSS.escape(key)}"]`);
    if (!button || button.disabled) return;
    event.preventDefault();
    answer(button);
  });
}

/** Whether the field that has the focus needs this key itself. A slider that was just moved takes no class's key away. */
function taken({ target, key }) {
  const field = target.closest("input, textarea, select");
  if (!field) return false;
  if (field.type === "range") return key.startsWith("Arrow");
  return field.type !== "checkbox";
}
