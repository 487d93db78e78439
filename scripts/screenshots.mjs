// Takes the pictures for scripts/screenshots.sh in Chromium, through chromedriver: one for each page of the tour.
//
//   node scripts/screenshots.mjs SIGN-IN-LINK DRIVER-PORT TRUTH FOLDER
//
// TRUTH is the file of the example's true labels, so that what is answered here is right.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const [link, port, truthFile, folder] = process.argv.slice(2);
const project = new URL("/p/surfaces", link).href;
const api = new URL("/api/v1/projects/surfaces", link).href;
/** Rounds and labels before pictures are taken: enough for a curve, and for a replay. */
const ROUNDS = Number(process.env.ROUNDS ?? 40);
const LABELS = Number(process.env.LABELS ?? 300);
/** A defect that can be seen on a small picture. */
const SHOWN = ["crack", "weld spatter"];
const SIZE = { width: 1280, height: 800 };

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** One command of the WebDriver protocol. */
async function command(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${value.message}`);
  return value;
}

const chromium = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en"];
const { sessionId } = await command("POST", "/session", {
  capabilities: {
    alwaysMatch: { "goog:chromeOptions": { args: chromium, prefs: { intl: { accept_languages: "en" } } } },
  },
});
const at = `/session/${sessionId}`;
const devtools = (cmd, params) => command("POST", `${at}/goog/cdp/execute`, { cmd, params });
const goto = (url) => command("POST", `${at}/url`, { url });
const run = (script, ...args) => command("POST", `${at}/execute/sync`, { script, args });
const fetched = (method, path, body) =>
  command("POST", `${at}/execute/async`, {
    script: `const [method, url, body, done] = arguments;
      fetch(url, { method, headers: { "content-type": "application/json" }, body: body ?? undefined })
        .then(async (answer) => done({ status: answer.status, json: await answer.json().catch(() => null) }));`,
    args: [method, api + path, body ? JSON.stringify(body) : null],
  });

/** Wait until `look` finds something. */
async function until(what, look, minutes = 10) {
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; await sleep(500)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`${what} took more than ${minutes} minutes`);
}

/** Wait until the visible part of the page has loaded. */
async function settled() {
  await sleep(800);
  await until("loading a page", () =>
    run(`return !document.querySelector(".htmx-request") && [...document.images].every((image) =>
      image.complete || image.hidden || image.getBoundingClientRect().top > innerHeight)`),
  );
  await sleep(400);
}

/** A picture of what the browser shows, or of this page, in this theme. */
async function take(name, path, theme = "light") {
  await devtools("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: theme }] });
  if (path) await goto(project + path);
  await settled();
  const { data } = await devtools("Page.captureScreenshot", { format: "webp", quality: 82 });
  await writeFile(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
}

/** Answer on the desk until a visible defect is in front. */
async function answerUntilSeen(classes) {
  const rows = (await readFile(truthFile, "utf8")).trim().split("\n").slice(1);
  const truth = new Map(rows.map((row) => row.split(",")));
  for (let answers = 0; answers < 60; answers++) {
    const source = await run("return document.querySelector('[data-image]').src");
    const { name } = (await fetched("GET", `/samples/${source.match(/media\/[^/]+\/(\d+)/)[1]}`)).json;
    const known = truth.get(name);
    // A few answers at least, so that the page has something to say about them.
    if (answers >= 6 && SHOWN.includes(known)) return;
    const key = String(classes.indexOf(known) + 1);
    const press = ["keyDown", "keyUp"].map((type) => ({ type, value: key }));
    await command("POST", `${at}/actions`, { actions: [{ type: "key", id: "keyboard", actions: press }] });
    await sleep(700);
  }
}

try {
  await devtools("Emulation.setDeviceMetricsOverride", { ...SIZE, deviceScaleFactor: 1, mobile: false });
  await goto(link);
  // The link asks before it is used up, so that a preview in a chat does not spend it.
  await run("document.querySelector('#main form button').click()");
  await until("signing in", async () => !(await command("GET", `${at}/url`)).includes("/link/"));
  const about = async () => (await fetched("GET", "")).json;
  await until(`${LABELS} labels`, async () => ((await about())?.counts?.labeled ?? 0) >= LABELS, 20);
  await until(
    `${ROUNDS} rounds`,
    async () => ((await fetched("GET", "/rounds?limit=1")).json?.rounds?.[0]?.number ?? 0) >= ROUNDS,
    20,
  );
  await goto(`${project}/label`);
  await settled();
  await answerUntilSeen((await about()).classes.map((known) => known.name));
  await take("desk");
  await take("desk-dark", null, "dark");
  await take("insight", "/insight");
  await take("insight-dark", "/insight", "dark");
  await take("samples", "/samples?state=labeled");
  await take("rounds", "/rounds");
  const asked = await fetched("POST", "/replays", {
    strategies: ["auto", "random"],
    seeds: Number(process.env.SEEDS ?? 5),
  });
  if (asked.status !== 202) throw new Error(`no replay: ${JSON.stringify(asked)}`);
  await until("the replay", async () => {
    const state = (await fetched("GET", "/replays/latest")).json?.job?.state;
    if (state === "failed") throw new Error("the replay failed");
    return state === "done";
  });
  await take("replay", "/replay");
} finally {
  await command("DELETE", at).catch(() => {});
}
