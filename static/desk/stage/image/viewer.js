// The picture of the sample in front: fitted at once, then under the user's control.
//
// The picture lies on a paper as large as its pixels, and the paper is moved and scaled under a glass. Nothing is drawn by
// this script: the browser does it, from transforms and filters.

import { say } from "../../texts.js";
import { Tiles } from "./tiles.js";

/** Zoom by keys and buttons. */
const STEP = 1.25;
/** A picture pixel is at most so many screen pixels wide. */
const CLOSEST = 16;
/** From here on pixels are shown as squares rather than blurred. */
const SQUARE_FROM = 4;
/** Pictures smaller than this on both sides are shown larger, so that an expert need not lean in. */
const SMALL = 480;

export class Viewer {
  #glass;
  #paper;
  #image;
  #zoomed;
  #tiles;
  #size = { width: 0, height: 0 };
  #scale = 1;
  #x = 0;
  #y = 0;
  #fitted = true;
  #frame = 0;
  #shown = null;

  constructor(desk) {
    this.#glass = desk.querySelector("[data-glass]");
    this.#paper = desk.querySelector("[data-paper]");
    this.#image = desk.querySelector("[data-image]");
    this.#zoomed = desk.querySelector("[data-zoomed]");
    this.#tiles = new Tiles(this.#paper, () => this.#settle());
    this.#paper.classList.add("live");
    new ResizeObserver(() => this.#settle()).observe(this.#glass);
  }

  /** Show a picture that is loading or loaded, of the size that `view` names. */
  show(picture, view) {
    this.#shown = picture;
    this.#image.src = picture.src;
    this.#image.alt = say("desk-to-label");
    this.#image.hidden = false;
    this.#fitted = true;
    this.#resize(view?.width || picture.naturalWidth, view?.height || picture.naturalHeight);
    if (!this.#size.width) {
      const known = () => this.#shown === picture && this.#resize(picture.naturalWidth, picture.naturalHeight);
      picture.addEventListener("load", known, { once: true });
    }
    this.#tiles.of(view);
  }

  clear() {
    this.#shown = null;
    this.#image.hidden = true;
    this.#tiles.of(null);
  }

  /** Whether the whole picture is seen. */
  get fitted() {
    return this.#fitted;
  }

  /** The whole picture, as large as there is room. */
  fit() {
    this.#fitted = true;
    this.#settle();
  }

  /** One pixel of the picture on one of the screen; `at` stays where it is. */
  whole(at) {
    this.zoom(1 / devicePixelRatio / this.#scale, at);
  }

  /** Toggle between the whole picture and a close look at `at`. */
  toggle(at) {
    if (this.#fitted) this.zoom(Math.max(1 / devicePixelRatio / this.#scale, 2.5), at);
    else this.fit();
  }

  closer() {
    this.zoom(STEP);
  }

  further() {
    this.zoom(1 / STEP);
  }

  /** Zoom by a factor; `at`, in pixels of the glass, stays where it is. */
  zoom(factor, at = { x: this.#glass.clientWidth / 2, y: this.#glass.clientHeight / 2 }) {
    if (!this.#shown) return;
    const all = this.#fitting();
    // Small pictures are shown larger than they are, and may be looked at as they are.
    const least = Math.min(all, 1 / devicePixelRatio);
    const scale = Math.min(Math.max(this.#scale * factor, least), Math.max(CLOSEST, all));
    const by = scale / this.#scale;
    this.#x = at.x - (at.x - this.#x) * by;
    this.#y = at.y - (at.y - this.#y) * by;
    this.#scale = scale;
    this.#fitted = Math.abs(scale / all - 1) < 0.001;
    this.#settle();
  }

  /** Move the picture by screen pixels. */
  move(dx, dy) {
    this.#x += dx;
    this.#y += dy;
    this.#settle();
  }

  /** Look further in a direction, by a part of what is seen. */
  look(right, down) {
    this.move((-right * this.#glass.clientWidth) / 6, (-down * this.#glass.clientHeight) / 6);
  }

  #resize(width, height) {
    this.#size = { width, height };
    this.#paper.style.width = `${width}px`;
    this.#paper.style.height = `${height}px`;
    this.#settle();
  }

  /** The scale at which the whole picture is seen. */
  #fitting() {
    const { width, height } = this.#size;
    const margin = parseFloat(getComputedStyle(this.#glass).scrollPaddingLeft) || 0;
    const room = [this.#glass.clientWidth - 2 * margin, this.#glass.clientHeight - 2 * margin];
    const all = Math.min(room[0] / width, room[1] / height);
    if (width < SMALL && height < SMALL) return Math.min(all, (0.6 * innerHeight) / Math.max(width, height));
    return Math.min(all, 1);
  }

  #settle() {
    if (!this.#size.width) return;
    if (this.#fitted) this.#scale = this.#fitting();
    this.#x = within(this.#x, this.#glass.clientWidth, this.#size.width * this.#scale);
    this.#y = within(this.#y, this.#glass.clientHeight, this.#size.height * this.#scale);
    // Moves within one frame are merged.
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
    if (this.#fitted) this.#draw();
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#paper.style.transform = `translate(${this.#x}px, ${this.#y}px) scale(${this.#scale})`;
    this.#paper.classList.toggle("square", this.#scale * devicePixelRatio >= SQUARE_FROM);
    this.#glass.classList.toggle("free", !this.#fitted);
    this.#zoomed.textContent = `${Math.round(this.#scale * devicePixelRatio * 100)}\u00a0%`;
    if (!this.#fitted) {
      const [left, top] = [-this.#x / this.#scale, -this.#y / this.#scale];
      this.#tiles.cover(this.#scale * devicePixelRatio, {
        left,
        top,
        right: left + this.#glass.clientWidth / this.#scale,
        bottom: top + this.#glass.clientHeight / this.#scale,
      });
    }
  }
}

/** The offset of a length in a room: centred if it fits, else clamped so that no space is left free. */
function within(at, room, length) {
  if (length <= room) return (room - length) / 2;
  return Math.min(0, Math.max(room - length, at));
}
