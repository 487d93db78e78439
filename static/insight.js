// @ts-check
/* The label-efficiency chart: stepping through its rounds by pointer and keys, a picture to take along, full screen.

   The server draws the chart and sends it anew when it changes, so everything here is found again at each event. */

/** @typedef {[x: number, y: number, text: string]} Step */

/** @returns {{ plot: HTMLElement, steps: Step[] } | null} */
function chart() {
  const plot = document.querySelector("[data-plot]");
  const told = plot?.querySelector("[data-steps]")?.textContent;
  return plot instanceof HTMLElement && told ? { plot, steps: JSON.parse(told) } : null;
}

let at = -1;

/** Show one round, or none. @param {number} index */
function show(index) {
  const found = chart();
  const step = found?.plot.querySelector("[data-step]");
  const tip = found?.plot.querySelector("[data-tip]");
  if (!found || !(step instanceof SVGGElement) || !(tip instanceof HTMLElement)) return;
  const one = found.steps[index];
  at = one ? index : -1;
  step.toggleAttribute("hidden", !one);
  tip.hidden = !one;
  if (!one) return;
  const [x, y, text] = one;
  step.querySelector("line")?.setAttribute("x1", String(x));
  step.querySelector("line")?.setAttribute("x2", String(x));
  step.querySelector("circle")?.setAttribute("cx", String(x));
  step.querySelector("circle")?.setAttribute("cy", String(y));
  tip.textContent = text;
}

document.addEventListener("pointermove", (event) => {
  const found = chart();
  const drawing = found?.plot.querySelector("svg");
  if (!found || !drawing || !(event.target instanceof Node)) return;
  if (!drawing.contains(event.target)) {
    if (at >= 0 && document.activeElement !== found.plot) show(-1);
    return;
  }
  const box = drawing.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * drawing.viewBox.baseVal.width;
  let nearest = 0;
  found.steps.forEach(([to], i) => {
    if (Math.abs(to - x) < Math.abs(found.steps[nearest][0] - x)) nearest = i;
  });
  show(nearest);
});

document.addEventListener("keydown", (event) => {
  const found = chart();
  if (!found || document.activeElement !== found.plot) return;
  const last = found.steps.length - 1;
  const from = at < 0 ? last + 1 : at;
  /** @type {Record<string, number>} */
  const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: -2 };
  if (!(event.key in to)) return;
  event.preventDefault();
  show(to[event.key] === -2 ? -1 : Math.min(Math.max(to[event.key], 0), last));
});

document.addEventListener("focusout", (event) => {
  if (event.target === chart()?.plot) show(-1);
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-png], [data-full]") : null;
  if (!button) return;
  if (button.matches("[data-full]")) {
    const card = document.querySelector("#efficiency");
    if (document.fullscreenElement) void document.exitFullscreen();
    else void card?.requestFullscreen();
    return;
  }
  const svg = document.querySelector('#efficiency a[href*="chart.svg"]');
  if (svg instanceof HTMLAnchorElement) void savePicture(svg.href);
});

/** The chart's file as pixels, twice as fine as on the page. @param {string} address */
async function savePicture(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth * 2;
  canvas.height = picture.naturalHeight * 2;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png");
  link.download = "label-efficiency.png";
  link.click();
}

/** What only scripts can do is offered where they run. */
function offer() {
  for (const button of document.querySelectorAll("[data-png]")) button.toggleAttribute("hidden", false);
  for (const button of document.querySelectorAll("[data-full]")) {
    button.toggleAttribute("hidden", !document.fullscreenEnabled);
  }
}

offer();
for (const name of ["htmx:after:swap", "htmx:afterSwap"]) {
  document.addEventListener(name, () => {
    offer();
    if (at >= 0) show(at);
  });
}
