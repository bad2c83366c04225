// How a map becomes points: along the rays of its lens in metres, or as a relief where there are no metres.
// Points are in three.js's frame: x right, y up, z towards the camera.

import { raysOf } from "../lens.js";

const ASSUMED_WIDTH_DEG = 60; // of the longer side, where no intrinsics are known
const RELIEF = 0.5; // height of a whole sweep, as a share of the picture's longer side
const BEYOND = 50; // spans: a sweep to infinity is framed up to their inverse, as Rerun colours it

export class Layout {
  /** That of maps with this head. */
  constructor(head) {
    this.head = head;
    this.isMetric = head.unit === "m";
    this.far = { m: head.far_dpt, um: head.far_um }[head.unit] ?? 0;
    this.span = { m: head.near_dpt - head.far_dpt, um: head.near_um - head.far_um }[head.unit] ?? 1;
    const [height, width] = head.size;
    this.longer = Math.max(width, height);
    this.middle = [(width - 1) / 2, (height - 1) / 2];
    const focal = this.longer / 2 / Math.tan((ASSUMED_WIDTH_DEG * Math.PI) / 360);
    this.lens = !this.isMetric
      ? [this.longer, this.longer, ...this.middle]
      : (head.lens ?? [focal, focal, ...this.middle]);
    this.pixel = head.step / this.lens[0]; // its width at z = 1, or in the relief
    this.relief = RELIEF;
  }

  /** Maps with the same key have the same layout. */
  static key({ unit, far_dpt, near_dpt, far_um, near_um, size, step, shape, lens }) {
    return JSON.stringify([unit, far_dpt, near_dpt, far_um, near_um, size, step, shape, lens]);
  }

  /** What is assumed or measured, in words. */
  get words() {
    const { unit, lens } = this.head;
    if (unit === "um") return "heights in µm over the pixels of the picture: how steep it looks is not to scale";
    if (unit !== "m") return "a sweep coordinate without metres, drawn as a relief: its shape is not measured";
    return lens
      ? "to scale, in metres"
      : `no intrinsics are known: drawn as by a lens ${ASSUMED_WIDTH_DEG}° wide, so only the depth is measured`;
  }

  /** Two values a pixel, row by row: its ray [x/z, y/z], or where it is in the relief. */
  rays() {
    const [height, width] = this.head.shape;
    const { step } = this.head;
    const ray = raysOf(this.lens);
    const out = new Float32Array(2 * width * height);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at += 2) [out[at], out[at + 1]] = ray(x * step, y * step);
    }
    return out;
  }

  /** Sweep coordinate of a value and its σ as a share of the sweep. */
  inSweep(value, sigma) {
    if (!this.isMetric) return [(value - this.far) / this.span, sigma / this.span];
    return [(1 / value - this.far) / this.span, sigma / (value * value * this.span)];
  }

  /** The point of a value on a ray, as the shader has it. */
  point(x, y, value) {
    if (this.isMetric) return [x * value, -y * value, -value];
    return [x, -y, (this.inSweep(value, 0)[0] - 0.5) * RELIEF];
  }

  /** Farthest distance that is framed. */
  get framed() {
    return 1 / Math.max(this.far, this.span / BEYOND);
  }

  /** The axes: what a coordinate of a point means there, and how it is written; null where it means nothing. */
  get axes() {
    return this.isMetric ? this.#axesInMetres() : this.#axesOfRelief();
  }

  #axesInMetres() {
    const depth = { name: "depth", of: (at) => -at, text: lengths };
    if (!this.head.lens) return [null, null, depth];
    return [{ name: "x", of: (at) => at, text: lengths }, { name: "y", of: (at) => -at, text: lengths }, depth];
  }

  #axesOfRelief() {
    const [x, y] = this.middle;
    const pixels = () => (value) => signed(`${value} px`);
    const values =
      this.head.unit === "um"
        ? { name: "height", text: () => (value) => signed(`${value} µm`) }
        : { name: "", text: shares };
    return [
      { name: "x", of: (at) => at * this.longer + x, text: pixels },
      { name: "y", of: (at) => -at * this.longer + y, text: pixels },
      { ...values, of: (at) => (at / RELIEF + 0.5) * this.span + this.far },
    ];
  }
}

function lengths(most) {
  const inMm = most < 0.1;
  return (value) => signed(inMm ? `${Number((value * 1000).toPrecision(6))} mm` : `${value} m`);
}

function shares() {
  return (value) => (value === 0 ? "0 far" : value === 1 ? "1 near" : String(value));
}

function signed(text) {
  return text.replace("-", "−");
}
