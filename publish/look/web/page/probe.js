// The place that the read-out is about: under the pointer, or pinned.

/** Where a canvas with object-fit: contain shows its picture, in CSS pixels. */
export function pictureOf(canvas) {
  const { clientWidth, clientHeight, width, height } = canvas;
  const scale = Math.min(clientWidth / width, clientHeight / height);
  return { scale, left: (clientWidth - width * scale) / 2, top: (clientHeight - height * scale) / 2 };
}

export class Probe {
  /** Follows pointer and keys over `canvases`, all of which show the same pixels. */
  constructor(canvases, onChange) {
    this.canvases = canvases;
    this.onChange = onChange;
    this.place = null; // {x, y}, pixels of the map as shown
    this.pinned = false;
    for (const canvas of canvases) {
      canvas.addEventListener("pointermove", (event) => this.#follow(canvas, event));
      canvas.addEventListener("pointerleave", () => this.pinned || this.#go(null));
      canvas.addEventListener("click", (event) => this.#click(canvas, event));
      new ResizeObserver(() => this.mark()).observe(canvas);
    }
  }

  /** Move by some pixels; from the middle if it was nowhere. Stays where it was put. */
  move(dx, dy) {
    const { width, height } = this.canvases[0];
    const from = this.place ?? { x: width >> 1, y: height >> 1 };
    this.pinned = true;
    this.#go({ x: Math.min(Math.max(from.x + dx, 0), width - 1), y: Math.min(Math.max(from.y + dy, 0), height - 1) });
  }

  toggle() {
    if (this.place) this.pinned = !this.pinned;
    if (!this.pinned) this.#go(null);
    else this.onChange();
  }

  release() {
    this.pinned = false;
    this.#go(null);
  }

  /** Put the marks on the pictures where they belong now. */
  mark() {
    for (const canvas of this.canvases) {
      const cross = canvas.parentElement.querySelector(".cross");
      cross.hidden = !this.place;
      if (!this.place) continue;
      const { scale, left, top } = pictureOf(canvas);
      cross.style.left = `${left + (this.place.x + 0.5) * scale}px`;
      cross.style.top = `${top + (this.place.y + 0.5) * scale}px`;
    }
  }

  #at(canvas, event) {
    const { scale, left, top } = pictureOf(canvas);
    const x = Math.floor((event.offsetX - left) / scale);
    const y = Math.floor((event.offsetY - top) / scale);
    return x >= 0 && y >= 0 && x < canvas.width && y < canvas.height ? { x, y } : null;
  }

  #follow(canvas, event) {
    if (!this.pinned) this.#go(this.#at(canvas, event));
  }

  #click(canvas, event) {
    this.pinned = !this.pinned;
    this.#go(this.#at(canvas, event));
    this.pinned &&= this.place !== null;
  }

  #go(place) {
    this.place = place;
    this.mark();
    this.onChange();
  }
}
