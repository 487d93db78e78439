// The frame's two comforts: the theme changes without a reload, and the menu closes after use.
// Without this script both still work, by a form and a click.

const root = document.documentElement;

// A day begins at midnight here, not at the server.
document.cookie = `querist_zone=${-new Date().getTimezoneOffset()}; path=/; max-age=31536000; samesite=lax`;

document.querySelector("[data-themes]")?.addEventListener("submit", (event) => {
  const choice = event.submitter?.value;
  if (!choice) return;
  event.preventDefault();
  root.dataset.theme = choice;
  document.querySelector("[data-contrast]").media =
    { contrast: "all", system: "(prefers-contrast: more)" }[choice] ?? "not all";
  document.cookie = `querist_theme=${choice}; path=/; max-age=31536000; samesite=lax`;
  for (const button of event.currentTarget.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === choice));
  }
});

const menu = document.querySelector("details.menu");

document.addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});

// On a narrow screen the tabs scroll sideways: show the one that is open.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
