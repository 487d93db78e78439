// The fine parts of a large picture, loaded where it is viewed closely, at no finer level than the screen shows.

/** Tiles requested at once: answers and the next pictures need connections too. */
const AT_ONCE = 3;
/** How long to wait before a tile that is still being made is requested again. */
const AGAIN_MS = 1500;
/** Tiles kept beside those in sight, so that going back needs no loading. */
const KEEP = 96;

export class Tiles {
  #paper;
  #view = null;
  #shown = new Map();
  #wanted = [];
  #loading = 0;
  #again;

  /** `again()` is called when the visible part needs covering again. */
  constructor(paper, again) {
    this.#paper = paper;
    this.#again = again;
  }

  /** The picture that is shown from here on; pictures without tiles need none. */
  of(view) {
    for (const tile of this.#shown.values()) tile.remove();
    this.#shown.clear();
    this.#wanted = [];
    this.#view = view?.tiles ? view : null;
  }

  /** Load what is seen of `rect`, in pixels of the picture, at `scale` screen pixels for each of them. */
  cover(scale, rect) {
    if (!this.#view) return;
    const { tiles, width, height } = this.#view;
    const level = Math.max(0, Math.floor(Math.log2(1 / scale)));
    // What fits the screen is fine enough.
    if (level >= tiles.levels) return;
    const side = tiles.size * 2 ** level;
    const [columns, rows] = [width, height].map((length) =>
      Math.ceil(Math.max(1, Math.floor(length / 2 ** level)) / tiles.size),
    );
    const range = (from, to, count) => [
      Math.max(0, Math.floor(from / side)),
      Math.min(count - 1, Math.floor(to / side)),
    ];
    const [left, right] = range(rect.left, rect.right, columns);
    const [top, bottom] = range(rect.top, rect.bottom, rows);
    const wanted = [];
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) wanted.push([column, row]);
    const middle = [(left + right) / 2, (top + bottom) / 2];
    const far = ([column, row]) => Math.hypot(column - middle[0], row - middle[1]);
    wanted.sort((a, b) => far(a) - far(b));
    this.#wanted = wanted.map(
      ([column, row]) =>
        () =>
          this.#show(level, column, row, side),
    );
    this.#prune(wanted.length);
    this.#go();
  }

  /** Request as many as may be pending. */
  #go() {
    while (this.#loading < AT_ONCE && this.#wanted.length > 0) this.#wanted.shift()();
  }

  #show(level, column, row, side) {
    const name = `${level}/${column}/${row}`;
    const held = this.#shown.get(name);
    if (held) {
      // The newest are at the end.
      this.#shown.delete(name);
      this.#shown.set(name, held);
      return;
    }
    const { tiles, width, height } = this.#view;
    const tile = document.createElement("img");
    tile.className = "desk-tile";
    tile.alt = "";
    const unit = 2 ** level;
    const extent = (length, index) => Math.min(tiles.size, Math.floor(length / unit) - index * tiles.size) * unit;
    Object.assign(tile.style, {
      left: `${column * side}px`,
      top: `${row * side}px`,
      width: `${extent(width, column)}px`,
      height: `${extent(height, row)}px`,
      zIndex: String(32 - level),
    });
    this.#loading++;
    const done = () => {
      this.#loading--;
      this.#go();
    };
    tile.addEventListener("load", done, { once: true });
    tile.addEventListener(
      "error",
      () => {
        tile.remove();
        if (this.#shown.get(name) === tile) this.#shown.delete(name);
        setTimeout(this.#again, AGAIN_MS);
        done();
      },
      { once: true },
    );
    tile.src = `${tiles.url}/${name}`;
    this.#paper.append(tile);
    this.#shown.set(name, tile);
  }

  #prune(seen) {
    let spare = this.#shown.size - seen - KEEP;
    for (const [name, tile] of this.#shown) {
      if (spare-- <= 0) return;
      tile.remove();
      this.#shown.delete(name);
    }
  }
}
