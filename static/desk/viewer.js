// The picture of the sample in front.

export class Viewer {
  #image;

  constructor(desk) {
    this.#image = desk.querySelector("[data-image]");
  }

  /** Show a picture that is loading or loaded. */
  show(picture) {
    const image = this.#image;
    image.src = picture.src;
    image.alt = "Sample to label";
    image.hidden = false;
    const fit = () => image.classList.toggle("small", picture.naturalWidth > 0 && picture.naturalWidth < 480 && picture.naturalHeight < 480);
    if (picture.complete) fit();
    else picture.addEventListener("load", fit, { once: true });
  }

  clear() {
    this.#image.hidden = true;
  }
}
