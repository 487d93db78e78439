import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Thumbs } from "../../static/desk/thumbs.js";
import { Element } from "./dom.js";

let images, busy, thumbs, see;

globalThis.IntersectionObserver = class {
  constructor(act) {
    see = (seen, isIntersecting = true) => act(seen.map((target) => ({ target, isIntersecting })));
  }
  observe() {}
  unobserve() {}
};

beforeEach(() => {
  images = Array.from({ length: 5 }, (_, at) => new Element("img", { "data-later": `/small/${at}` }));
  busy = true;
  thumbs = new Thumbs(new Element("ul", {}, images), () => busy);
});

const asked = () => images.flatMap((image) => image.src ?? []);

test("small pictures wait for those of the queue", () => {
  see(images);
  thumbs.go();
  assert.deepEqual(asked(), []);
  busy = false;
  thumbs.go();
  assert.deepEqual(asked(), ["/small/0", "/small/1"], "two at a time");
  images[0].happen("load");
  images[1].happen("error");
  assert.equal(asked().length, 4);
  busy = true;
  images[2].happen("load");
  assert.equal(asked().length, 4, "a picture of the queue goes first again");
});

test("only those that are seen are asked for", () => {
  busy = false;
  see([images[3]]);
  see([images[4]], false);
  assert.deepEqual(asked(), ["/small/3"]);
});
