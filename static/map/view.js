// How the map is looked at: moved and zoomed by pointer, wheel, fingers and keys, and the line that is drawn around points.

const FULL = 65536;
const MOST_CORNERS = 120;
/** Pixels that a pointer may move and still have clicked. */
const STILL = 5;

export class MapView {
  scale = 1;
  x = 0;
  y = 0;
  width = 1;
  height = 1;
  ratio = 1;
  /** "lasso" or "pan". */
  tool = "lasso";
  /** Whether the map is moved for as long as a key is held. */
  held = false;
  #box;
  #canvas;
  #tell;
  #fingers = new Map();
  /** @type {number[][]} */
  #line = [];
  #moved = 0;
  #lasso = false;

  /**
   * `tell` hears what happens: `changed()` when something else is to be seen, `drawing(corners)` while a line is drawn,
   * `drawn(corners)` at its end, `over(x, y)` where the pointer is, `clicked(x, y)`.
   */
  constructor(box, canvas, tell) {
    this.#box = box;
    this.#canvas = canvas;
    this.#tell = tell;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => this.#up(event));
    canvas.addEventListener("pointerleave", () => this.#tell.over(null));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const { x, y } = this.#at(event);
        this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
      },
      { passive: false },
    );
    new ResizeObserver(() => this.fit()).observe(box);
    this.fit();
    this.all();
  }

  /** The size of the canvas follows its place on the page; what is in the middle stays there. */
  fit() {
    const { clientWidth, clientHeight } = this.#box;
    const first = this.width === 1;
    const [dx, dy] = [(clientWidth - this.width) / 2, (clientHeight - this.height) / 2];
    this.width = Math.max(1, clientWidth);
    this.height = Math.max(1, clientHeight);
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.#canvas.width = Math.round(this.width * this.ratio);
    this.#canvas.height = Math.round(this.height * this.ratio);
    if (!first) {
      this.x += dx;
      this.y += dy;
    }
    this.#tell.changed();
  }

  /** The whole map. */
  all() {
    this.scale = Math.min(this.width, this.height) / FULL;
    this.x = (this.width - FULL * this.scale) / 2;
    this.y = (this.height - FULL * this.scale) / 2;
    this.#tell.changed();
  }

  zoom(by, x = this.width / 2, y = this.height / 2) {
    const least = (0.5 * Math.min(this.width, this.height)) / FULL;
    const scale = Math.max(least, Math.min(4, this.scale * by));
    const change = scale / this.scale;
    this.x = x - (x - this.x) * change;
    this.y = y - (y - this.y) * change;
    this.scale = scale;
    this.#tell.changed();
  }

  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#tell.changed();
  }

  /** From a place on the canvas to one on the map, a whole number within it. */
  onMap(place) {
    const [x, y] = place;
    const whole = (value) => Math.max(0, Math.min(FULL - 1, Math.round(value)));
    return [whole((x - this.x) / this.scale), whole((y - this.y) / this.scale)];
  }

  onCanvas(place) {
    const [x, y] = place;
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  /** The part of the map that is in view, as corners. */
  get window() {
    const [w, h] = [this.width, this.height];
    return [
      [0, 0],
      [w, 0],
      [w, h],
      [0, h],
    ].map((corner) => this.onMap(corner));
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event) {
    if (event.button > 1) return;
    this.#canvas.setPointerCapture(event.pointerId);
    const { x, y } = this.#at(event);
    this.#fingers.set(event.pointerId, { x, y });
    this.#moved = 0;
    // A second finger moves and zooms, whatever the tool.
    this.#lasso = this.tool === "lasso" && !this.held && event.button === 0 && this.#fingers.size === 1;
    this.#line = this.#lasso ? [[x, y]] : [];
    this.#tell.over(null);
  }

  #move(event) {
    const { x, y } = this.#at(event);
    const before = this.#fingers.get(event.pointerId);
    if (!before) {
      this.#tell.over([x, y]);
      return;
    }
    this.#moved += Math.hypot(x - before.x, y - before.y);
    const others = [...this.#fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    this.#fingers.set(event.pointerId, { x, y });
    if (others.length > 0) {
      const far = (at) => Math.max(1, Math.hypot(at.x - others[0].x, at.y - others[0].y));
      this.zoom(far({ x, y }) / far(before), (x + others[0].x) / 2, (y + others[0].y) / 2);
      this.move((x - before.x) / 2, (y - before.y) / 2);
    } else if (this.#lasso) {
      this.#line.push([x, y]);
      this.#tell.drawing(this.#line);
    } else this.move(x - before.x, y - before.y);
  }

  #up(event) {
    if (!this.#fingers.delete(event.pointerId)) return;
    const { x, y } = this.#at(event);
    const [line, still] = [this.#line, this.#moved < STILL];
    this.#line = [];
    if (still && event.type === "pointerup") this.#tell.clicked([x, y]);
    else if (this.#lasso && line.length > 2 && event.type === "pointerup") {
      this.#tell.drawn(simplified(line).map((corner) => this.onMap(corner)));
    } else if (this.#lasso) this.#tell.drawing([]);
    this.#lasso = false;
  }
}

/**
 * A line with at most so many corners that nowhere leaves the drawn one by more than it must (Douglas and Peucker 1973).
 *
 * @param {number[][]} line
 */
export function simplified(line, most = MOST_CORNERS) {
  let corners = line;
  for (let far = 1; ; far *= 1.5) {
    corners = thinned(line, far);
    if (corners.length <= most) return corners;
  }
}

function thinned(line, far) {
  const keep = new Uint8Array(line.length);
  keep[0] = keep[line.length - 1] = 1;
  const parts = [[0, line.length - 1]];
  while (parts.length > 0) {
    const [from, to] = parts.pop();
    const [[ax, ay], [bx, by]] = [line[from], line[to]];
    const long = Math.hypot(bx - ax, by - ay);
    let [most, at] = [far, -1];
    for (let i = from + 1; i < to; i++) {
      const [x, y] = line[i];
      // A closed line begins where it ends.
      const away = long < 1 ? Math.hypot(x - ax, y - ay) : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / long;
      if (away > most) [most, at] = [away, i];
    }
    if (at < 0) continue;
    keep[at] = 1;
    parts.push([from, at], [at, to]);
  }
  return line.filter((_, i) => keep[i]);
}
