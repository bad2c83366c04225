// Drawing a rectangle on a picture: with mouse, finger or keys.

import { pictureOf } from "./probe.js";

const LEAST_PX = 3; // on the screen: less is a click

export class Drawing {
  /** Draws over `canvases`, which all show the same pixels. `onPreview` gets the rectangle so far, or null; `onDone`
   *  the finished one; both in pixels as shown, {x, y, width, height}. */
  constructor(canvases, { onPreview, onDone }) {
    this.canvases = canvases;
    this.onPreview = onPreview;
    this.onDone = onDone;
    this.isOn = false;
    this.from = null;
    this.pointer = null;
    this.swallows = false;
    for (const canvas of canvases) {
      canvas.addEventListener("pointerdown", (event) => this.#begin(canvas, event));
      canvas.addEventListener("pointermove", (event) => this.#drag(canvas, event));
      canvas.addEventListener("pointerup", (event) => this.#end(canvas, event));
      canvas.addEventListener("pointercancel", () => this.stop());
      // a finished stroke is no click: the read-out stays where it is
      canvas.parentElement.addEventListener("click", (event) => this.#click(event), { capture: true });
    }
  }

  start() {
    this.isOn = true;
    this.from = null;
  }

  stop() {
    this.isOn = false;
    this.from = this.pointer = null;
    this.onPreview(null);
  }

  /** A corner by keyboard: the first, or the second, which ends it. */
  corner(place) {
    if (!place) return;
    if (this.from) this.#finish(place);
    else this.from = place;
    if (this.isOn) this.follow(place);
  }

  /** The read-out has moved. */
  follow(place) {
    if (this.isOn && this.from && place && this.pointer === null) this.onPreview(between(this.from, place));
  }

  #begin(canvas, event) {
    this.swallows = false;
    if (!this.isOn || event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.begun = [event.clientX, event.clientY];
    this.from = at(canvas, event);
  }

  #drag(canvas, event) {
    if (this.isOn && event.pointerId === this.pointer) this.onPreview(between(this.from, at(canvas, event)));
  }

  #end(canvas, event) {
    if (!this.isOn || event.pointerId !== this.pointer) return;
    this.swallows = true;
    this.pointer = null;
    const far = Math.max(Math.abs(event.clientX - this.begun[0]), Math.abs(event.clientY - this.begun[1]));
    if (far >= LEAST_PX) this.#finish(at(canvas, event));
    else this.from = null;
  }

  #click(event) {
    if (this.swallows) event.stopPropagation();
    this.swallows = false;
  }

  #finish(to) {
    const rectangle = between(this.from, to);
    this.stop();
    this.onDone(rectangle);
  }
}

/** The pixel at a pointer, the nearest one for a pointer beside the picture. */
function at(canvas, event) {
  const box = canvas.getBoundingClientRect();
  const { scale, left, top } = pictureOf(canvas);
  const clamp = (value, size) => Math.min(Math.max(Math.floor(value / scale), 0), size - 1);
  return { x: clamp(event.clientX - box.left - left, canvas.width), y: clamp(event.clientY - box.top - top, canvas.height) };
}

/** The rectangle that has both pixels in it. */
function between(from, to) {
  return {
    x: Math.min(from.x, to.x), y: Math.min(from.y, to.y),
    width: Math.abs(to.x - from.x) + 1, height: Math.abs(to.y - from.y) + 1,
  };
}
