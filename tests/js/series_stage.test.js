import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Element } from "./dom.js";

globalThis.ResizeObserver = class {
  observe() {}
};
globalThis.requestAnimationFrame = (act) => (act(), 0);
globalThis.cancelAnimationFrame = () => {};

const { Stage, drawing } = await import("../../static/desk/stage/series.js");

const series = (low, high, values, time = { kind: "number", name: "t", unit: "s" }) => ({
  length: values.length,
  every: 1,
  time,
  at: values.map((_, i) => i),
  channels: [{ name: "flow", unit: "l/s", low, high, values }],
});
const answers = {
  "/media/1": series(0, 10, [0, 10, null, 5]),
  "/media/2": series(40, 60, [40, 60, 50, 45]),
};
const card = (id) => ({ sample: { id }, media_url: `/media/${id}` });

let desk, stage, glass, svg, said, asked, down, quiet;

beforeEach(() => {
  const part = (name, of = "button") => new Element(of, { [`data-${name}`]: "" });
  glass = part("glass", "div");
  glass.clientWidth = 480;
  glass.clientHeight = 240;
  glass.getBoundingClientRect = () => ({ left: 0, top: 0 });
  svg = part("chart", "svg");
  const buttons = ["zoom-out", "zoom-in", "zoom-fit", "same-axes"].map((name) => part(name));
  desk = new Element("main", {}, [glass, svg, part("readout", "p"), part("zoomed", "span"), ...buttons]);
  [said, asked, down, quiet] = [[], [], false, 0];
  globalThis.fetch = async (address) => {
    asked.push(address);
    if (down) throw new Error("offline");
    return { ok: true, json: async () => answers[address] };
  };
  localStorage.clear();
  stage = new Stage(
    desk,
    { project: "pumps" },
    { say: (text) => said.push(text), quiet: () => quiet++, left() {}, right() {} },
  );
});

const settled = () => new Promise((done) => setTimeout(done, 40));
const text = (name) => desk.querySelector(`[data-${name}]`).textContent;
const ticks = () => svg.querySelectorAll(".series-tick").map((tick) => tick.textContent);
const press = (key, shiftKey = false) => stage.keys[key]({ shiftKey });

test("a sample is asked for once, and shown as soon as it is here", async () => {
  stage.prepare(card(1));
  assert.equal(stage.ready(card(1)), false);
  assert.equal(stage.loading, true);
  let here = 0;
  stage.whenReady(card(1), () => here++);
  stage.show(card(1));
  await settled();
  assert.deepEqual([here, asked, stage.ready(card(1)), stage.loading, quiet], [1, ["/media/1"], true, false, 1]);
  assert.equal(svg.querySelectorAll("path").length, 1);
  assert.equal(svg.querySelector(".series-title").textContent, "flow, l/s");
  assert.match(svg.getAttribute("aria-label"), /flow/);
  stage.clear();
  assert.equal(svg.children.length, 0);
});

test("what does not arrive is asked for again", async () => {
  down = true;
  stage.prepare(card(1));
  await settled();
  assert.deepEqual([stage.loading, stage.ready(card(1))], [false, false]);
  down = false;
  stage.again();
  await settled();
  assert.deepEqual([asked.length, stage.ready(card(1))], [2, true]);
});

test("keys zoom, move and read off", async () => {
  stage.prepare(card(1));
  await settled();
  stage.show(card(1));
  assert.equal(text("zoomed"), "100\u00a0%");
  press("+");
  assert.equal(text("zoomed"), "150\u00a0%");
  const before = ticks().join();
  press("arrowright", true);
  assert.notEqual(ticks().join(), before);
  press("0");
  assert.equal(text("zoomed"), "100\u00a0%");
  for (let i = 0; i < 20; i++) press("+");
  assert.equal(text("zoomed"), "150\u00a0%", "two steps stay in sight");
  press("f");
  press("arrowleft");
  press("arrowleft");
  assert.equal(text("readout"), "0\u00a0s · flow\u00a00\u00a0l/s");
  press("arrowright");
  assert.equal(said.at(-1), "1\u00a0s · flow\u00a010\u00a0l/s");
  press("arrowright");
  assert.match(text("readout"), /^2\u00a0s · flow\u00a0\S/);
  assert.equal(svg.querySelectorAll("circle").length, 0, "nothing was measured there");
});

test("the pointer reads off what is nearest to it", async () => {
  stage.prepare(card(2));
  await settled();
  stage.show(card(2));
  glass.happen("pointermove", { buttons: 0, clientX: 64 + 400 / 3 });
  assert.equal(text("readout"), "1\u00a0s · flow\u00a060\u00a0l/s");
  glass.happen("pointerleave");
  assert.equal(text("readout"), "");
});

test("on request every sample has the axis of all that were shown", async () => {
  for (const id of [1, 2]) stage.prepare(card(id));
  await settled();
  stage.show(card(1));
  assert.ok(!ticks().includes("60"));
  stage.show(card(2));
  press("i");
  assert.ok(ticks().includes("60") && ticks().includes("0"), ticks().join());
  assert.equal(desk.querySelector("[data-same-axes]").getAttribute("aria-pressed"), "true");
  assert.equal(localStorage.getItem("querist.axes.pumps"), "true");
  stage.show(card(1));
  assert.ok(ticks().includes("60"), ticks().join());
  desk.querySelector("[data-same-axes]").click();
  assert.ok(!ticks().includes("60"));
});

test("a drawing is named where none was given", () => {
  assert.equal(drawing(card(3)), "/media/3/thumb");
  assert.equal(drawing({ ...card(3), thumb_url: "/t" }), "/t");
});
