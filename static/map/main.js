// The map: loads the points, shows them, and does what people want with a part of them. The part is a polygon that the server tests.

import { caller, sentence } from "../desk/api.js";
import { state } from "../desk/state.js";
import { Points } from "./points.js";
import { MapView } from "./view.js";

const LOOK_AGAIN_MS = 2000;
const NEAR = 12;
const STEP = 60;
/** Milliseconds after which a map that was moved counts as resting. */
const REST_MS = 140;

/** @type {HTMLElement} */
const page = document.querySelector("[data-map-page]");
const part = (name) => page.querySelector(`[data-${name}]`);
const call = caller(state.api);
const points = new Points(part("canvas"));
/** @type {HTMLFormElement} */
const settings = part("set");
/**
 * A choice of the form, where it has one.
 *
 * @returns {HTMLSelectElement | null}
 */
const choice = (name) => settings.querySelector(`select[name=${name}]`);
const lasso = part("over").querySelector("polygon");

let version = state.map.version;
/** The corners of what is selected, on the map. */
let area = [];
let medians = [];
let due = false;
/** Ends when the map rests; 0 while it does. */
let moving = 0;
/** The newest request for a selection, and for colours: older ones come too late. */
let asked = 0;
let coloured = 0;
/** Whether the sample that was clicked stays shown. */
let pinned = false;

const view = new MapView(part("map"), part("canvas"), {
  changed: () => {
    pinned = false;
    tip(null);
    clearTimeout(moving);
    moving = setTimeout(rest, REST_MS);
    draw();
  },
  drawing: (corners) => outline(corners),
  drawn: (corners) => select(corners),
  over: (at) => {
    if (!pinned) tip(at);
  },
  clicked: (at) => {
    tip(at);
    pinned = points.near(view, at[0], at[1], NEAR) >= 0;
    if (!pinned) clear();
  },
});

// ---- drawing --------------------------------------------------------------------------------------------------------

function rest() {
  moving = 0;
  draw();
}

/** Draw with the next frame, once. */
function draw() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    points.draw(view, moving > 0);
    outline(area.map((corner) => view.onCanvas(corner)));
    names();
  });
}

function outline(corners) {
  lasso.setAttribute("points", corners.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
}

/** The names of classes and values where most of their points are; one that would cover another is left out. */
function names() {
  const taken = [];
  const group = part("names");
  const texts = [];
  for (const median of medians) {
    const [x, y] = view.onCanvas([median.x, median.y]);
    const half = median.name.length * 4.2 + 4;
    const covers = taken.some(([ox, oy, other]) => Math.abs(ox - x) < half + other && Math.abs(oy - y) < 18);
    if (covers || x < half || y < 14 || x > view.width - half || y > view.height - 6) continue;
    taken.push([x, y, half]);
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("x", x.toFixed(1));
    text.setAttribute("y", y.toFixed(1));
    text.textContent = median.name;
    texts.push(text);
  }
  group.replaceChildren(...texts);
}

function tip(at) {
  const tip = part("tip");
  const i = at ? points.near(view, at[0], at[1], NEAR) : -1;
  tip.hidden = i < 0;
  if (i < 0) return;
  const id = points.ids[i];
  tip.href = `/p/${state.slug}/samples/${id}`;
  const picture = tip.querySelector("img");
  const source = `/media/${state.slug}/${id}/thumb`;
  if (picture.getAttribute("src") !== source) picture.src = source;
  tip.querySelector("span").textContent = points.legend[points.values[i]]?.name ?? "";
  const [x, y] = view.onCanvas([points.xs[i], points.ys[i]]);
  tip.style.left = `${Math.max(4, Math.min(view.width - 132, x + 10))}px`;
  tip.style.top = `${Math.max(4, y > view.height - 170 ? y - 162 : y + 10)}px`;
}

// ---- points and colours ---------------------------------------------------------------------------------------------

async function bytes(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok)
    throw new Error((await response.json().catch(() => null))?.error?.message ?? String(response.status));
  return response.arrayBuffer();
}

async function load() {
  part("shown").textContent = page.dataset.loading;
  points.place(await bytes(`/p/${state.slug}/map/points?v=${version}`));
  clear();
  await colour();
}

/** What the form says, as a query. */
function wanted() {
  const query = new URLSearchParams();
  const [more, column] = splitOnce(choice("more").value);
  query.set("by", more || new FormData(settings).get("by")?.toString() || "label");
  if (column) query.set("column", column);
  const only = choice("only")?.value;
  if (only) query.set("only", only);
  return query;
}

function splitOnce(text) {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

async function colour() {
  const mine = ++coloured;
  const body = await bytes(`/p/${state.slug}/map/values?${wanted()}`);
  if (mine !== coloured) return;
  const length = new DataView(body).getUint32(0, true);
  const about = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, length)));
  const values = new Uint8Array(body.slice(4 + length));
  if (about.version !== version || values.length !== points.n) return;
  const list = part("legend");
  list.replaceChildren(...about.legend.map(swatch));
  list.hidden = about.legend.length > 60;
  points.colour(values, about.legend, [...list.children].map(painted));
  // Classes lie together; values of other columns need not.
  const named = ["label", "prediction"].includes(wanted().get("by"));
  medians = points.medians().filter((median, at) => named && median && about.legend[at].colour.startsWith("c"));
  part("shown").textContent = about.about;
  page.dataset.ready = "yes";
  draw();
}

function swatch({ name, colour, n }) {
  const item = document.createElement("li");
  const square = document.createElement("i");
  square.className = `square ${colour}`;
  item.append(square, name);
  item.hidden = n === 0;
  return item;
}

/** The colour of a swatch as the theme has it, as red, green and blue. */
function painted(item) {
  const style = getComputedStyle(item.querySelector("i"));
  const ink = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  ink.fillStyle = style.getPropertyValue("border-top-width") === "3px" ? style.borderTopColor : style.backgroundColor;
  ink.fillRect(0, 0, 1, 1);
  return [...ink.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** Follow the work on the map, and show it when it is there. */
async function follow() {
  let now;
  try {
    now = await call("GET", "/map");
    if (now.due && now.work === null) await call("POST", "/map");
  } catch {
    setTimeout(follow, LOOK_AGAIN_MS * 5);
    return;
  }
  const work = part("work");
  work.hidden = !now.work;
  if (now.work) {
    const bar = work.querySelector("progress");
    if (now.work.percent === null) bar.removeAttribute("value");
    else bar.value = now.work.percent;
    bar.hidden = now.work.state === "failed";
    work.querySelector("span").textContent = now.work.about;
  }
  if (now.version && now.version !== version) {
    // What is said about the map is another now; the page says it.
    if (now.kind !== state.map.kind) return location.reload();
    version = now.version;
    await load().catch(tell);
  }
  if (now.due || (now.work && now.work.state !== "failed")) setTimeout(follow, LOOK_AGAIN_MS);
}

// ---- a part of the map ----------------------------------------------------------------------------------------------

function request(more) {
  const only = choice("only")?.value || undefined;
  return { area: area.map((corner) => corner.join(",")).join(" "), version, only, ...more };
}

async function select(corners) {
  area = corners;
  draw();
  const mine = ++asked;
  try {
    const found = await call("POST", "/map/selections", request());
    if (mine === asked) show(found);
  } catch (failure) {
    tell(failure);
  }
}

function show(found) {
  told("");
  part("none").hidden = true;
  part("chosen").hidden = false;
  part("title").textContent = found.title;
  part("about").textContent = found.about;
  const pictures = found.first.map(({ href, thumb_url, about, colour }) => {
    const link = document.createElement("a");
    link.href = href;
    const image = document.createElement("img");
    image.src = thumb_url;
    image.alt = about;
    link.append(image);
    if (colour !== null) link.append(Object.assign(document.createElement("i"), { className: `square ${colour}` }));
    return link;
  });
  const more = found.more ? [Object.assign(document.createElement("span"), { textContent: found.more })] : [];
  part("pictures").replaceChildren(...pictures, ...more);
  part("guesses-part").hidden = found.guesses.length === 0;
  part("guesses-title").textContent = found.guesses_title;
  const most = Math.max(1, ...found.guesses.map(({ n }) => n));
  part("guesses").replaceChildren(...found.guesses.slice(0, 8).flatMap((guess) => bar(guess, most)));
  part("ask").disabled = !found.ask;
  part("ask").querySelector("span").textContent = found.ask ?? found.title;
  const { area: corners, only } = request();
  const query = new URLSearchParams({ area: corners, map: version });
  if (only) query.set("only", only);
  part("many").href = `/p/${state.slug}/grid?${query}`;
  part("many").toggleAttribute("hidden", !found.ask);
  part("tag").disabled = found.samples === 0;
}

function bar({ name, colour, n, count }, most) {
  const label = document.createElement("span");
  label.append(Object.assign(document.createElement("i"), { className: `square ${colour}` }), name);
  const long = document.createElement("b");
  long.className = colour;
  long.style.width = `${(100 * n) / most}%`;
  const number = Object.assign(document.createElement("span"), { textContent: count });
  return [label, long, number];
}

function clear() {
  asked++;
  area = [];
  part("none").hidden = false;
  part("chosen").hidden = true;
  draw();
}

function told(text) {
  part("told").hidden = !text;
  part("told").textContent = text;
}

function tell(failure) {
  told(sentence(failure));
}

async function act(path, more) {
  if (area.length === 0) return;
  try {
    const { about } = await call("POST", path, request(more));
    await select(area);
    told(about);
  } catch (failure) {
    tell(failure);
  }
}

/** @type {HTMLDialogElement} */
const dialog = part("tag-dialog");
dialog.addEventListener("close", () => {
  const fields = new FormData(dialog.querySelector("form"));
  if (dialog.returnValue === "tag") act("/map/tags", { column: fields.get("column"), value: fields.get("value") });
});

// ---- keys and buttons -----------------------------------------------------------------------------------------------

function use(tool) {
  view.tool = tool;
  for (const button of page.querySelectorAll("[data-tool]"))
    button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  page.dataset.tool = tool;
}

const zooms = { in: () => view.zoom(1.5), out: () => view.zoom(1 / 1.5), all: () => view.all() };
const keys = {
  l: () => use("lasso"),
  p: () => use("pan"),
  "+": zooms.in,
  "=": zooms.in,
  "-": zooms.out,
  0: zooms.all,
  v: () => select(view.window),
  arrowleft: () => view.move(STEP, 0),
  arrowright: () => view.move(-STEP, 0),
  arrowup: () => view.move(0, STEP),
  arrowdown: () => view.move(0, -STEP),
  escape: clear,
};
const selection = {
  enter: () => part("ask").disabled || act("/map/chosen"),
  g: () => part("many").click(),
  t: () => open(),
};

function open() {
  if (!part("tag").disabled) dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  const free = target === document.body || target === part("canvas");
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (!(target instanceof Element) || target.closest("input:not([type=radio]), select, textarea")) return;
  const key = event.key.toLowerCase();
  // What has the focus keeps the keys that it understands itself.
  if (!free && ["enter", " "].includes(key)) return;
  if (!free && key.startsWith("arrow")) return;
  if (key === " ") {
    view.held = true;
    page.dataset.held = "yes";
    event.preventDefault();
    return;
  }
  const action = keys[key] ?? (area.length > 0 ? selection[key] : undefined);
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("keyup", (event) => {
  if (event.key !== " ") return;
  view.held = false;
  delete page.dataset.held;
});

page.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if (button.dataset.tool) use(button.dataset.tool);
  else if (button.dataset.zoom) zooms[button.dataset.zoom]();
  else if ("view" in button.dataset) select(view.window);
  else if ("ask" in button.dataset) act("/map/chosen");
  else if ("tag" in button.dataset) open();
  else if ("clear" in button.dataset) clear();
});
settings.addEventListener("submit", (event) => event.preventDefault());
settings.addEventListener("change", ({ target }) => {
  const more = choice("more");
  if (target instanceof HTMLInputElement) more.value = "";
  if (target === more)
    for (const by of settings.querySelectorAll("[name=by]")) by.checked = more.value === "" && by.value === "label";
  clear();
  colour().catch(tell);
});
part("canvas").addEventListener("redraw", draw);
// Another theme has other colours.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colour().catch(tell));
new MutationObserver(() => colour().catch(tell)).observe(document.documentElement, { attributeFilter: ["data-theme"] });

use("lasso");
load().catch(tell);
follow();
