// What to know at the first visit: three lines, until somebody has read them.

const READ = "querist.first";

export class FirstSteps {
  /** Shown to those who have not answered here yet, unless they have put it away in this browser. */
  constructor(desk, newcomer) {
    const all = [...desk.querySelectorAll("[data-first]")];
    for (const one of all) {
      one.hidden = !newcomer || read();
      one.querySelector("[data-first-seen]").addEventListener("click", () => {
        keep();
        for (const other of all) other.hidden = true;
      });
    }
  }
}

function read() {
  try {
    return localStorage.getItem(READ) !== null;
  } catch {
    return false;
  }
}

function keep() {
  try {
    localStorage.setItem(READ, "read");
  } catch {
    /* for this visit only, then */
  }
}
