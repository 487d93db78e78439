// Uploads that survive a reload: files are sent in parts, and the server says how far each one is. Files and folders may be
// dropped on the form. Without this script browsers send the same form at once.

/** Bytes of one part. */
const PART = 8 * 1024 * 1024;
/** Pauses before a part is sent again, in milliseconds. */
const PAUSES = [500, 2000, 5000, 10000, 30000];

const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-upload]"));
if (form) start(form);

/** @param {HTMLFormElement} form */
function start(form) {
  const picker = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file][name=files]"));
  const folder = /** @type {HTMLInputElement} */ (form.querySelector("input[data-folder]"));
  const drop = /** @type {HTMLElement} */ (form.querySelector("[data-drop]"));
  const chosen = /** @type {HTMLElement} */ (form.querySelector("[data-chosen]"));
  /** @type {{ name: string, file: File }[]} */
  let dropped = [];
  for (const part of form.querySelectorAll("[data-scripted]")) /** @type {HTMLElement} */ (part).hidden = false;
  picker.required = false;

  const files = () => [
    ...dropped,
    ...[...picker.files].map((file) => ({ name: file.name, file })),
    ...[...folder.files].map((file) => ({ name: file.webkitRelativePath || file.name, file })),
  ];
  const show = () => {
    const all = files();
    const bytes = all.reduce((sum, one) => sum + one.file.size, 0);
    chosen.textContent = all.length === 0 ? "" : `${all.length} · ${Math.ceil(bytes / 1e6)}\u00a0MB`;
  };
  picker.addEventListener("change", show);
  folder.addEventListener("change", show);
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry);
    for (const entry of entries) dropped = dropped.concat(await walk(entry, ""));
    show();
  });
  // Before the script of all forms hears of it.
  form.addEventListener("submit", (event) => {
    const all = files();
    event.preventDefault();
    event.stopImmediatePropagation();
    if (all.length === 0) tell(form, form.dataset.none);
    else if (form.getAttribute("aria-busy") !== "true") send(form, all);
  });
}

/** Every file below an entry, with its path. */
async function walk(entry, prefix) {
  const name = `${prefix}${entry.name}`;
  if (entry.isFile) return [{ name, file: await new Promise((done, failed) => entry.file(done, failed)) }];
  const reader = entry.createReader();
  let all = [];
  for (;;) {
    // A reader hands out a hundred at a time.
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all;
    for (const one of some) all = all.concat(await walk(one, `${name}/`));
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {{ name: string, file: File }[]} files
 */
async function send(form, files) {
  const bar = /** @type {HTMLProgressElement} */ (form.querySelector("[data-progress]"));
  const base = form.dataset.upload;
  form.setAttribute("aria-busy", "true");
  tell(form, form.dataset.sending);
  bar.hidden = false;
  bar.max = files.reduce((sum, one) => sum + one.file.size, 0) || 1;
  bar.value = 0;
  try {
    const key = `querist-upload ${base} ${await fingerprint(files)}`;
    const id = await begun(base, key, files[0]);
    for (const one of files) await sendFile(`${base}/${id}?file=${encodeURIComponent(one.name)}`, one.file, bar);
    const fields = new FormData(form);
    const said = await call("POST", `${base}/${id}/import`, {
      body: JSON.stringify({
        labels: fields.get("labels") ?? "",
        relabel: fields.has("relabel"),
        source: fields.get("source") ?? "",
        content: fields.get("content") ?? "",
        columns: fields.get("columns") ?? "",
        predictions: fields.has("predictions"),
        dry_run: fields.has("dry_run"),
      }),
      headers: { "content-type": "application/json" },
    });
    if (!said.ok) throw new Error(await reason(said));
    localStorage.removeItem(key);
    location.assign(form.dataset.imports);
  } catch (error) {
    tell(form, error.message);
    form.removeAttribute("aria-busy");
  }
}

/** The upload of these files that was begun before and is still there, or a new one. */
async function begun(base, key, first) {
  const known = localStorage.getItem(key);
  if (known && (await call("GET", `${base}/${known}?file=${encodeURIComponent(first.name)}`)).ok) return known;
  const answer = await call("POST", base, { body: "{}", headers: { "content-type": "application/json" } });
  if (!answer.ok) throw new Error(await reason(answer));
  const { id } = await answer.json();
  localStorage.setItem(key, id);
  return id;
}

/** Send what is missing of a file. */
async function sendFile(address, file, bar) {
  let { offset, whole } = await state(address);
  const before = bar.value;
  while (!whole) {
    const end = Math.min(offset + PART, file.size);
    const range = file.size === 0 ? "bytes */0" : `bytes ${offset}-${end - 1}/${file.size}`;
    const answer = await call("PUT", address, {
      body: file.slice(offset, end),
      headers: { "content-range": range, "content-type": "application/octet-stream" },
    });
    // A part may have arrived although its answer was lost: the server knows how far the file is.
    if (answer.ok) ({ offset, whole } = await answer.json());
    else if (answer.status === 409) ({ offset, whole } = await state(address));
    else throw new Error(await reason(answer));
    bar.value = before + offset;
  }
  bar.value = before + file.size;
}

async function state(address) {
  const answer = await call("GET", address);
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.json();
}

/** Ask the server, again and again while it cannot be reached. */
async function call(method, address, rest = {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await fetch(address, { method, ...rest });
      if (answer.status < 500 || tries >= PAUSES.length) return answer;
    } catch (error) {
      if (tries >= PAUSES.length) throw new Error(document.body.dataset.unreachable ?? error.message);
    }
    await new Promise((done) => setTimeout(done, PAUSES[tries]));
  }
}

async function reason(answer) {
  try {
    const { error } = await answer.json();
    return [error.message, error.hint].filter((text) => text).join(". ");
  } catch {
    return `${answer.status}`;
  }
}

/** Tells these files from others, by names, sizes and times. */
async function fingerprint(files) {
  const text = files.map((one) => `${one.name} ${one.file.size} ${one.file.lastModified}`).join("\n");
  // Not for secrecy: addresses without encryption have no better digest.
  let hash = 5381;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 33) ^ text.charCodeAt(at)) >>> 0;
  return `${files.length} ${hash}`;
}

function tell(form, text) {
  form.querySelector("[data-told]").textContent = text;
}
