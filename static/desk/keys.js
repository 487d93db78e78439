// Which key does what on the desk.

/**
 * Listen for keys. `actions` maps a key to what it does, `answer(button)` gives a class's answer. Keys that are held, that
 * come with Ctrl, Alt or Meta, or that go into a field or a dialog, are not the desk's.
 */
export function listen(desk, actions, answer) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select, dialog") || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    const action = actions[key];
    if (action) {
      event.preventDefault();
      action();
      return;
    }
    const button = desk.querySelector(`[data-class][data-key="${CSS.escape(key)}"]`);
    if (!button || button.disabled) return;
    event.preventDefault();
    answer(button);
  });
}
