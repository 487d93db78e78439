// The desk: one key answers and brings the next sample at once; no answer is lost.
//
// An answer goes into an outbox in the browser's storage before anything else happens, and leaves it when the server's
// receipt is here. The samples behind the current one are leased and loaded already, so the next one is shown without asking.

const desk = document.querySelector("[data-desk]");
if (desk) start(desk);

function start(desk) {
  const api = desk.dataset.api;
  const AHEAD = 4;
  const outboxName = `querist.outbox.${desk.dataset.project}.${desk.dataset.account}.`;
  const part = (name) => desk.querySelector(`[data-${name}]`);
  const image = part("image");
  const state = document.querySelector("[data-saved]");
  const skipMenu = document.querySelector("[data-skip-menu]");

  const cards = JSON.parse(desk.dataset.leases);
  const history = JSON.parse(desk.dataset.history);
  const classes = new Map([...desk.querySelectorAll("[data-class]")].map((b) => [Number(b.dataset.class), b.dataset.name]));
  const pictures = new Map();
  let outbox = load();
  let sending = false;
  let fetching = false;
  let shownAt = performance.now();
  let retryIn = 500;
  let pollIn = 1000;

  // ---- the outbox -------------------------------------------------------------------------------------------------

  // One storage item an answer, so that two tabs never overwrite each other's. Sending one twice does no harm: its id
  // makes it one annotation.

  function load() {
    const kept = [];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const name = localStorage.key(i);
        if (name.startsWith(outboxName)) kept.push(JSON.parse(localStorage.getItem(name)));
      }
    } catch { /* no storage: memory alone must do */ }
    return kept.sort((a, b) => a.at - b.at);
  }

  function put(answer) {
    outbox.push(answer);
    try { localStorage.setItem(outboxName + answer.id, JSON.stringify(answer)); } catch { /* full or private */ }
    tell();
  }

  function drop() {
    const answer = outbox.shift();
    try { localStorage.removeItem(outboxName + answer.id); } catch { /* was never there */ }
    tell();
  }

  function tell() {
    const n = outbox.length;
    state.textContent = n === 0 ? "Saved" : n === 1 ? "Saving 1 answer" : `Saving ${n} answers`;
    state.parentElement.classList.toggle("unsaved", n > 0);
    state.parentElement.classList.toggle("good", n === 0);
  }

  async function call(method, path, body) {
    const response = await fetch(api + path, {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    let answer = null;
    try { answer = text ? JSON.parse(text) : null; } catch { /* a proxy's error page */ }
    if (response.ok) return answer;
    const error = new Error(answer?.error?.message ?? `the server answered ${response.status}`);
    error.status = response.status;
    error.code = answer?.error?.code;
    throw error;
  }

  async function send() {
    if (sending) return;
    sending = true;
    while (outbox.length > 0) {
      const answer = outbox[0];
      try {
        // Own leases are prolonged by the server; ask for as many more as the row in front needs.
        const next = Math.max(0, Math.min(AHEAD - cards.length, 8));
        const { at, ...body } = answer;
        const receipt = await call("POST", "/annotations", { ...body, next });
        drop();
        history.push({ id: receipt.id, sample: answer.sample, class: answer.class ?? null });
        retryIn = 500;
        notice(null);
        arrive(receipt.leases ?? []);
        progress(receipt.progress);
      } catch (error) {
        if (error.status === 401) {
          notice("Your session has ended. Your answers are kept here and will be sent.", "Sign in again");
        } else if (error.code === "foreign_lease" || error.code === "no_project") {
          // Somebody else signed in beside this page: the answers are not theirs to give.
          notice("Somebody else is signed in. Your answers are kept here and will be sent once it is you.", "Sign in again");
        } else if (error.status === undefined || error.status >= 500 || error.status === 429) {
          notice(outbox.length === 1 ? "One answer waits for the server." : `${outbox.length} answers wait for the server.`);
        } else {
          // The server understood and refused: sending it again cannot help.
          drop();
          notice(`Not stored: ${error.message}.`);
          continue;
        }
        sending = false;
        setTimeout(send, retryIn);
        retryIn = Math.min(retryIn * 2, 8000);
        return;
      }
    }
    sending = false;
    refill();
  }

  // ---- the row of samples -----------------------------------------------------------------------------------------

  function arrive(leases) {
    const known = new Set(cards.map((card) => card.sample.id));
    const waiting = new Set(outbox.map((answer) => answer.sample));
    const was = cards.length;
    for (const lease of leases) {
      if (!known.has(lease.sample.id) && !waiting.has(lease.sample.id)) cards.push(lease);
    }
    cards.slice(0, AHEAD + 1).forEach(picture);
    if (was === 0 && cards.length > 0) show();
  }

  async function refill() {
    if (fetching || cards.length >= AHEAD) return;
    fetching = true;
    let empty = null;
    try {
      const answer = await call("POST", "/leases", { count: AHEAD, resume: true });
      empty = answer.empty;
      arrive(answer.leases);
      notice(null);
    } catch (error) {
      if (cards.length === 0) notice(error.status === 401 ? "Your session has ended." : "The server cannot be reached.", error.status === 401 ? "Sign in again" : null);
    }
    fetching = false;
    if (cards.length === 0) {
      nothing(empty?.reason);
      setTimeout(refill, pollIn);
      pollIn = Math.min(pollIn * 1.5, 10000);
    } else {
      pollIn = 1000;
    }
  }

  function picture(card) {
    if (!pictures.has(card.sample.id)) {
      const loaded = new Image();
      loaded.src = card.media_url;
      loaded.decode?.().catch(() => {});
      pictures.set(card.sample.id, loaded);
    }
    return pictures.get(card.sample.id);
  }

  function show() {
    const card = cards[0];
    if (!card) {
      image.hidden = true;
      buttons(false);
      refill();
      return;
    }
    const loaded = picture(card);
    image.src = loaded.src;
    image.alt = "Sample to label";
    image.hidden = false;
    const fit = () => image.classList.toggle("small", loaded.naturalWidth > 0 && loaded.naturalWidth < 480 && loaded.naturalHeight < 480);
    if (loaded.complete) fit(); else loaded.addEventListener("load", fit, { once: true });
    part("empty").hidden = true;
    part("why").hidden = false;
    part("why").textContent = card.why;
    part("was").hidden = card.was === undefined;
    part("was").textContent = card.was === undefined ? "" : `Was: ${card.was}`;
    shownAt = performance.now();
    performance.mark("querist:shown");
    buttons(true);
  }

  function nothing(reason) {
    image.hidden = true;
    part("why").hidden = true;
    part("was").hidden = true;
    part("empty").hidden = false;
    if (reason) part("reason").textContent = reason;
    buttons(false);
  }

  function buttons(on) {
    for (const button of desk.querySelectorAll("[data-class]")) button.disabled = !on;
    part("skip").disabled = !on;
    part("undo").disabled = history.length === 0 && outbox.length === 0;
  }

  // ---- what a person does -----------------------------------------------------------------------------------------

  function answer(said, button) {
    const card = cards[0];
    if (!card) return;
    const seconds = Math.round(performance.now() - shownAt) / 1000;
    cards.shift();
    pictures.delete(card.sample.id);
    count("today", 1);
    count("total", 1);
    put({ at: Date.now(), id: uuid(), sample: card.sample.id, lease: card.lease, ...said, seconds });
    strip(card, said);
    if (button) flash(button);
    show();
    send();
  }

  async function undo() {
    if (outbox.length > 0) { await idle(); }
    const last = history[history.length - 1];
    if (!last) return;
    part("undo").disabled = true;
    try {
      const receipt = await call("DELETE", `/annotations/${last.id}`);
      history.pop();
      count("today", -1);
      count("total", -1);
      const again = receipt.leases?.[0];
      if (again) {
        again.was = last.class === null ? "skipped" : (classes.get(last.class) ?? "another class");
        const at = cards.findIndex((card) => card.sample.id === again.sample.id);
        if (at >= 0) cards.splice(at, 1);
        cards.unshift(again);
      }
      part("strip").firstElementChild?.remove();
      progress(receipt.progress);
      notice(null);
      show();
      say("Answer taken back");
    } catch (error) {
      if (error.status === 409 || error.status === 404) history.pop();
      notice(`Not undone: ${error.message}.`);
    }
    buttons(cards.length > 0);
  }

  function idle() {
    return new Promise((resolve) => {
      const look = () => (outbox.length === 0 && !sending ? resolve() : setTimeout(look, 50));
      look();
    });
  }

  function flash(button) {
    button.classList.add("hit");
    setTimeout(() => button.classList.remove("hit"), 140);
  }

  function strip(card, said) {
    const item = document.createElement("li");
    const small = document.createElement("img");
    const name = said.class === undefined ? "skipped" : classes.get(said.class);
    // The picture is here already, which a thumbnail is not when the network is gone.
    small.src = picture(card).src;
    pictures.delete(card.sample.id);
    small.alt = name;
    const swatch = document.createElement("i");
    const button = said.class === undefined ? null : desk.querySelector(`[data-class="${said.class}"] .square`);
    swatch.className = button ? button.className : "square";
    item.append(small, swatch);
    item.title = name;
    part("past").hidden = false;
    part("strip").prepend(item);
    while (part("strip").children.length > 8) part("strip").lastElementChild.remove();
  }

  function count(name, by) {
    const place = desk.querySelector(`[data-count="${name}"]`);
    if (place) place.textContent = Math.max(0, Number(place.textContent) + by);
  }

  function progress(now) {
    if (!now) return;
    for (const [name, value] of Object.entries(now)) {
      const place = desk.querySelector(`[data-count="${name}"]`);
      if (place && value !== null) place.textContent = value;
    }
  }

  function notice(text, link) {
    const bar = part("notice");
    bar.hidden = !text;
    part("notice-text").textContent = text ?? "";
    part("notice-link").hidden = !link;
  }

  function say(text) {
    part("live").textContent = text;
  }

  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    // Plain-http addresses in a local network have no randomUUID.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  // ---- hands on keys and buttons ----------------------------------------------------------------------------------

  desk.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.dataset.class) answer({ class: Number(button.dataset.class) }, button);
  });
  part("skip").addEventListener("click", () => cards.length > 0 && skipMenu.showModal());
  part("undo").addEventListener("click", undo);
  skipMenu.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reason]");
    if (button) skip(button.dataset.reason);
    else if (event.target === skipMenu || event.target.closest("[data-cancel]")) skipMenu.close();
  });

  function skip(reason) {
    skipMenu.close();
    answer({ skip: reason });
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    if (skipMenu.open) {
      const button = skipMenu.querySelector(`[data-key="${CSS.escape(key)}"]`);
      if (button) { event.preventDefault(); skip(button.dataset.reason); }
      return;
    }
    if (key === "z" || key === "backspace") { event.preventDefault(); undo(); return; }
    if (key === "s") { event.preventDefault(); part("skip").click(); return; }
    const button = desk.querySelector(`[data-class][data-key="${CSS.escape(key)}"]`);
    if (button && !button.disabled) { event.preventDefault(); answer({ class: Number(button.dataset.class) }, button); }
  });

  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());

  tell();
  // A sample whose answer still waits in the outbox is answered already.
  const waiting = new Set(outbox.map((answer) => answer.sample));
  for (let i = cards.length - 1; i >= 0; i--) if (waiting.has(cards[i].sample.id)) cards.splice(i, 1);
  cards.forEach(picture);
  show();
  send();
  desk.dataset.ready = "true";
}
