// The points of the map: read from the server's bytes, drawn with WebGL 2 or, where that is missing, on a plain canvas.

/** Points that one cell of the index for the pointer covers, along each side. */
const CELLS = 128;
const FULL = 65536;
/** Points drawn on a plain canvas at most; of more, every second, third and so on. */
const PLAIN = 60000;
const HIDDEN = 255;
/** Milliseconds that a drawing may take while the map moves. */
const SMOOTH = 24;
/** While it moves, at least every so many-th point is drawn; WebGL knows no wider step. */
const SPARSEST = 60;

const VERTEX = `#version 300 es
layout(location = 0) in uvec2 place;
layout(location = 1) in uint value;
uniform sampler2D palette;
uniform vec4 view;
uniform float unit;
out vec3 colour;
void main() {
  vec4 entry = texelFetch(palette, ivec2(int(value), 0), 0);
  float size = floor(entry.a * 255.0 / 64.0);
  gl_Position = vec4(vec2(place) / 65536.0 * view.xy + view.zw, 0.0, 1.0);
  gl_PointSize = unit * (size + 1.9);
  colour = entry.rgb;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
in vec3 colour;
out vec4 ink;
void main() {
  float far = length(gl_PointCoord - 0.5);
  float cover = 1.0 - smoothstep(0.4, 0.5, far);
  ink = vec4(colour, 1.0) * cover;
}`;

/** @typedef {{ scale: number, x: number, y: number, width: number, height: number, ratio: number }} View */
/** @typedef {{ name: string, colour: string, size: number, n: number }} Entry */

export class Points {
  ids = new Float64Array(0);
  xs = new Uint16Array(0);
  ys = new Uint16Array(0);
  values = new Uint8Array(0);
  /** @type {Entry[]} */
  legend = [];
  #colours = [];
  #first = new Uint32Array(0);
  #order = new Uint32Array(0);
  #canvas;
  #gl;
  #plain;
  #program;
  #uniforms = {};
  /** Small points first, and above them those with a larger entry: how many, their places and their values. */
  #layers = [];
  /** Every so many-th point is drawn while the map moves, by how long all of them took. */
  #step = 1;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#gl = canvas.getContext("webgl2", { antialias: false, alpha: true });
    if (this.#gl) {
      this.#prepare();
      // A driver that starts anew has forgotten everything.
      canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
      canvas.addEventListener("webglcontextrestored", () => {
        this.#prepare();
        this.#send();
        canvas.dispatchEvent(new Event("redraw"));
      });
    } else this.#plain = canvas.getContext("2d");
  }

  get n() {
    return this.xs.length;
  }

  /** Where the points lie, as the server sends it. */
  place(bytes) {
    const n = new DataView(bytes).getUint32(0, true);
    const steps = new Uint32Array(bytes.slice(4, 4 + 4 * n));
    this.ids = new Float64Array(n);
    let id = 0;
    for (let i = 0; i < n; i++) this.ids[i] = id += steps[i];
    this.xs = new Uint16Array(bytes.slice(4 + 4 * n, 4 + 6 * n));
    this.ys = new Uint16Array(bytes.slice(4 + 6 * n, 4 + 8 * n));
    this.values = new Uint8Array(n);
    this.#index();
    this.#send();
  }

  /** What colours them: `colours` are those of the legend, each as red, green and blue. */
  colour(values, legend, colours) {
    this.values = values;
    this.legend = legend;
    this.#colours = colours;
    this.#send();
  }

  /** The point nearest to a place on the canvas, within so many pixels; -1 without one. */
  near(view, x, y, reach) {
    const [mx, my] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
    const far = reach / view.scale;
    const cell = (value) => Math.max(0, Math.min(CELLS - 1, Math.floor((value / FULL) * CELLS)));
    let [best, found] = [far * far, -1];
    for (let row = cell(my - far); row <= cell(my + far); row++) {
      for (let column = cell(mx - far); column <= cell(mx + far); column++) {
        const at = row * CELLS + column;
        for (let k = this.#first[at]; k < this.#first[at + 1]; k++) {
          const i = this.#order[k];
          const distance = (this.xs[i] - mx) ** 2 + (this.ys[i] - my) ** 2;
          if (distance < best && this.values[i] !== HIDDEN) [best, found] = [distance, i];
        }
      }
    }
    return found;
  }

  /** Where the names of the legend's entries belong: the medians of their points. */
  medians() {
    const most = 4000;
    return this.legend.map((entry, value) => {
      if (entry.n === 0) return null;
      const every = Math.ceil(entry.n / most);
      const [xs, ys] = [[], []];
      let seen = 0;
      for (let i = 0; i < this.n; i++) {
        if (this.values[i] !== value || seen++ % every) continue;
        xs.push(this.xs[i]);
        ys.push(this.ys[i]);
      }
      const middle = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
      return { name: entry.name, x: middle(xs), y: middle(ys) };
    });
  }

  /**
   * @param {View} view
   * @param {boolean} moving
   */
  draw(view, moving) {
    const unit = this.#unit(view);
    if (this.#gl) this.#drawFast(view, unit, moving);
    else if (this.#plain) this.#drawPlain(view, unit);
  }

  /** Many points are small, and grow as people look closer. */
  #unit(view) {
    const shown = this.legend.reduce((sum, entry) => sum + entry.n, 0);
    const base = Math.min(1.6, Math.max(0.34, Math.sqrt(9000 / Math.max(1, shown))));
    const closer = (view.scale * FULL) / Math.min(view.width, view.height);
    return Math.min(3.2, base * Math.max(1, closer) ** 0.4) * view.ratio * 1.7;
  }

  /** A grid of cells with the points in each, to find the one below the pointer. */
  #index() {
    const cell = (i) => (this.ys[i] >> 9) * CELLS + (this.xs[i] >> 9);
    this.#first = new Uint32Array(CELLS * CELLS + 1);
    for (let i = 0; i < this.n; i++) this.#first[cell(i) + 1]++;
    for (let at = 0; at < CELLS * CELLS; at++) this.#first[at + 1] += this.#first[at];
    const next = this.#first.slice();
    this.#order = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) this.#order[next[cell(i)]++] = i;
  }

  #prepare() {
    const gl = this.#gl;
    const shader = (kind, source) => {
      const made = gl.createShader(kind);
      gl.shaderSource(made, source);
      gl.compileShader(made);
      return made;
    };
    const program = gl.createProgram();
    gl.attachShader(program, shader(gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, shader(gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    this.#program = program;
    this.#layers = [0, 1].map(() => ({ n: 0, place: gl.createBuffer(), value: gl.createBuffer() }));
    for (const name of ["view", "unit"]) this.#uniforms[name] = gl.getUniformLocation(program, name);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.enableVertexAttribArray(0);
    gl.enableVertexAttribArray(1);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  #send() {
    const gl = this.#gl;
    if (!gl) return;
    const layer = new Uint8Array(256).fill(2);
    this.legend.forEach(({ size }, at) => (layer[at] = size > 0 ? 1 : 0));
    layer[HIDDEN] = 2;
    const counts = [0, 0, 0];
    for (let i = 0; i < this.n; i++) counts[layer[this.values[i]]]++;
    const places = counts.map((n) => new Uint16Array(2 * n));
    const values = counts.map((n) => new Uint8Array(n));
    counts.fill(0);
    for (let i = 0; i < this.n; i++) {
      const at = layer[this.values[i]];
      const next = counts[at]++;
      places[at][2 * next] = this.xs[i];
      places[at][2 * next + 1] = this.ys[i];
      values[at][next] = this.values[i];
    }
    const fill = (buffer, data) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    };
    this.#layers.forEach((kept, at) => {
      kept.n = counts[at];
      fill(kept.place, places[at]);
      fill(kept.value, values[at]);
    });
    const palette = new Uint8Array(256 * 4);
    this.legend.forEach(({ size }, at) => palette.set([...this.#colours[at], 64 * size + 32], at * 4));
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  #drawFast(view, unit, moving) {
    const gl = this.#gl;
    const began = performance.now();
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.#program);
    // From the map's 65536ths to −1 … 1, with y downwards.
    const across = (2 * view.scale * FULL) / view.width;
    const down = (-2 * view.scale * FULL) / view.height;
    gl.uniform4f(this.#uniforms.view, across, down, (2 * view.x) / view.width - 1, 1 - (2 * view.y) / view.height);
    gl.uniform1f(this.#uniforms.unit, unit);
    const step = moving ? this.#step : 1;
    for (const { n, place, value } of this.#layers) {
      gl.bindBuffer(gl.ARRAY_BUFFER, place);
      gl.vertexAttribIPointer(0, 2, gl.UNSIGNED_SHORT, 4 * step, 0);
      gl.bindBuffer(gl.ARRAY_BUFFER, value);
      gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_BYTE, step, 0);
      if (n > 0) gl.drawArrays(gl.POINTS, 0, Math.ceil(n / step));
    }
    if (moving) return;
    // Reading a point back waits until all are drawn.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    this.#step = Math.max(1, Math.min(SPARSEST, Math.ceil((performance.now() - began) / SMOOTH)));
  }

  #drawPlain(view, unit) {
    const ink = this.#plain;
    ink.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    const every = Math.ceil(this.n / PLAIN);
    for (const above of [false, true]) {
      for (let i = 0; i < this.n; i += every) {
        const entry = this.legend[this.values[i]];
        if (!entry || entry.size > 0 !== above) continue;
        const half = (unit * (entry.size + 1.9)) / 2;
        ink.fillStyle = `rgb(${this.#colours[this.values[i]].join(" ")})`;
        ink.beginPath();
        ink.arc(
          (this.xs[i] * view.scale + view.x) * view.ratio,
          (this.ys[i] * view.scale + view.y) * view.ratio,
          half,
          0,
          7,
        );
        ink.fill();
      }
    }
  }
}
