// The stage where samples are pictures: loads them ahead, shows the one in front, and lets hands zoom, move and adjust it.
//
// A stage is chosen by what samples are, see `state.modality`. Every one exports the class `Stage` for the desk, with what is
// public here, and `tile`, `look` and `load` for groups.

import { Adjust } from "./image/adjust.js";
import { follow } from "./image/gestures.js";
import { Viewer } from "./image/viewer.js";

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10000;

export class Stage {
  #viewer;
  #on;
  #pictures = new Map();
  /** Samples to load once the very first picture has arrived. */
  #behind = null;
  /** What keys do here. */
  keys;

  /**
   * `on.say(text)` is for those who hear the page; `on.left()` and `on.right()` are swipes while all of the sample is seen;
   * `on.quiet()` says that no picture is on its way any more.
   *
   * @param {HTMLElement} desk
   * @param {{ project: string }} state
   */
  constructor(desk, state, on) {
    this.#on = on;
    const viewer = (this.#viewer = new Viewer(desk));
    const adjust = new Adjust(desk, `querist.view.${state.project}`, on.say);
    const click = (name, act) => desk.querySelector(`[data-${name}]`).addEventListener("click", act);
    click("zoom-out", () => viewer.further());
    click("zoom-in", () => viewer.closer());
    click("zoom-fit", () => viewer.fit());
    click("zoom-whole", () => viewer.whole());
    follow(desk.querySelector("[data-glass]"), viewer, on);
    this.keys = {
      f: () => viewer.fit(),
      0: () => viewer.whole(),
      "+": () => viewer.closer(),
      "=": () => viewer.closer(),
      "-": () => viewer.further(),
      arrowleft: () => viewer.look(-1, 0),
      arrowright: () => viewer.look(1, 0),
      arrowup: () => viewer.look(0, -1),
      arrowdown: () => viewer.look(0, 1),
      b: (event) => adjust.step("brightness", event.shiftKey ? -1 : 1),
      c: (event) => adjust.step("contrast", event.shiftKey ? -1 : 1),
      i: () => adjust.invert(),
    };
  }

  /** Load what will be shown of a sample. The very first goes alone: on a slow line those behind it would hold it up. */
  prepare(card) {
    if (this.#behind) {
      this.#behind.push(card);
      return;
    }
    const first = this.#pictures.size === 0;
    const picture = this.#picture(card);
    if (!first || picture.complete) return;
    this.#behind = [];
    const rest = () => {
      const cards = this.#behind ?? [];
      this.#behind = null;
      for (const card of cards) this.#picture(card);
    };
    picture.addEventListener("load", rest, { once: true });
    picture.addEventListener("error", rest, { once: true });
  }

  /** Whether a picture is on its way. */
  get loading() {
    return this.#behind !== null || [...this.#pictures.values()].some((picture) => !picture.complete);
  }

  /** Whether a sample can be seen when it is shown now. */
  ready(card) {
    const picture = this.#picture(card);
    return picture.complete && picture.naturalWidth > 0;
  }

  /** Call `act` once a sample can be seen. */
  whenReady(card, act) {
    this.#picture(card).addEventListener("load", act, { once: true });
  }

  /** Show a sample, also one that is loading yet. */
  show(card) {
    this.#viewer.show(this.#picture(card), card.view);
  }

  /** Show nothing. */
  clear() {
    this.#viewer.clear();
  }

  /** The address of a small picture of a sample that is here already: others cannot load without a network. */
  small(card) {
    return this.#picture(card).src;
  }

  /** Release a sample's pictures. */
  release(sample) {
    this.#pictures.delete(sample);
  }

  /** Retry at once what has not arrived: requests work again. */
  again() {
    for (const picture of this.#pictures.values()) {
      if (picture.complete && picture.naturalWidth === 0) picture.src = picture.getAttribute("src");
    }
  }

  /** The sample's picture, loading or loaded; one that does not arrive is requested again. */
  #picture(card) {
    const held = this.#pictures.get(card.sample.id);
    if (held) return held;
    const loading = new Image();
    const address = large(card);
    let wait = FIRST_RETRY_MS;
    loading.addEventListener("error", () => {
      setTimeout(() => {
        if (this.#pictures.get(card.sample.id) === loading) loading.src = address;
      }, wait);
      wait = Math.min(wait * 2, LAST_RETRY_MS);
    });
    for (const end of ["load", "error"])
      loading.addEventListener(end, () => setTimeout(() => this.loading || this.#on.quiet()));
    loading.src = address;
    loading.decode?.().catch(() => {});
    this.#pictures.set(card.sample.id, loading);
    return loading;
  }
}

/** The view of a sample as large as the room allows. */
function large(card) {
  return card.view?.url ?? card.media_url;
}

/** A sample, called `name`, as large as there is room. */
export function look(card, name) {
  const image = document.createElement("img");
  image.src = large(card);
  image.alt = name;
  return image;
}

/** Load a sample's small picture ahead. */
export function load(card) {
  const ahead = new Image();
  ahead.src = card.thumb_url;
  ahead.decode?.().catch(() => {});
}

/** A sample as a tile of a group, called `name`; `on.shown()` once it is painted, `on.missing()` where it does not come. */
export function tile(card, name, on) {
  const image = document.createElement("img");
  image.addEventListener("load", () => requestAnimationFrame(on.shown));
  image.addEventListener("error", on.missing);
  image.src = card.thumb_url;
  image.alt = name;
  image.draggable = false;
  return image;
}
