// A box about the points, with the places along its edges written beside it.

import { BufferAttribute, BufferGeometry, GLSL3, LineSegments, RawShaderMaterial, Vector3 } from "../three/three.js";
import { LINE_FRAGMENT, LINE_VERTEX } from "./shaders.js";

const MOST_TICKS = 5;
const TICK = 0.02; // as a share of the box's size
const NAME = 0.04; // how far beyond the axis its name is
const ROOM_PX = 12;

export class Axes {
  /** Words are put into `parent`. */
  constructor(parent) {
    this.parent = parent;
    this.labels = [];
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: LINE_VERTEX,
      fragmentShader: LINE_FRAGMENT,
    });
    this.object = new LineSegments(new BufferGeometry(), this.material);
    this.object.frustumCulled = false;
  }

  /** Draw those of a layout about a box: {low, high}, three numbers each. */
  arrange(layout, { low, high }) {
    const size = Math.hypot(...high.map((value, axis) => value - low[axis]));
    const lines = edges(low, high);
    const labels = [];
    layout.axes.forEach((axis, along) => {
      if (!axis) return;
      // across: along the lower front edge; up: the left front edge; deep: the lower right edge
      const start = [
        [low[0], low[1], high[2]],
        [low[0], low[1], high[2]],
        [high[0], low[1], low[2]],
      ][along];
      const out = [
        [0, -1, 0],
        [-1, 0, 0],
        [1, 0, 0],
      ][along];
      const at = (place, far) => start.map((value, i) => (i === along ? place : value) + out[i] * far * size);
      for (const [place, text] of ticks(axis, low[along], high[along])) {
        lines.push(at(place, 0), at(place, TICK));
        labels.push({ at: at(place, 2.5 * TICK), text });
      }
      // beyond the end that is away from the corner where axes meet
      const end = along === 2 ? low[along] - NAME * size : high[along] + NAME * size;
      if (axis.name) labels.push({ at: at(end, 0), text: axis.name, isName: true });
    });
    this.object.geometry.dispose();
    this.object.geometry = new BufferGeometry();
    this.object.geometry.setAttribute("position", new BufferAttribute(Float32Array.from(lines.flat()), 3));
    this.labels = labels.map((label) => ({ ...label, at: new Vector3(...label.at), element: word(label) }));
    this.parent.replaceChildren(...this.labels.map(({ element }) => element));
  }

  /** Put the words where the camera sees their places; those without room are left out. */
  place(camera, { width, height }) {
    const kept = [];
    for (const label of this.labels) {
      const { x, y, z } = label.at.clone().project(camera);
      Object.assign(label, { x: ((x + 1) / 2) * width, y: ((1 - y) / 2) * height });
      const isFree = kept.every(
        (other) => Math.abs(other.x - label.x) > 3 * ROOM_PX || Math.abs(other.y - label.y) > ROOM_PX,
      );
      label.isShown =
        z < 1 &&
        label.x > 2 * ROOM_PX &&
        label.x < width - 2 * ROOM_PX &&
        label.y > ROOM_PX &&
        label.y < height - ROOM_PX &&
        isFree;
      if (label.isShown) kept.push(label);
      label.element.style.visibility = label.isShown ? "visible" : "hidden";
      label.element.style.left = `${label.x}px`;
      label.element.style.top = `${label.y}px`;
    }
  }

  dispose() {
    this.object.geometry.dispose();
    this.material.dispose();
    this.parent.replaceChildren();
  }
}

function word({ text, isName }) {
  const element = document.createElement("span");
  element.textContent = text;
  if (isName) element.className = "name";
  return element;
}

/** The twelve edges of a box, as pairs of ends. */
function edges(low, high) {
  const corners = Array.from({ length: 8 }, (_, bits) =>
    low.map((value, axis) => (bits & (1 << axis) ? high[axis] : value)),
  );
  return corners.flatMap((corner, bits) =>
    [1, 2, 4].filter((bit) => !(bits & bit)).flatMap((bit) => [corner, corners[bits | bit]]),
  );
}

/** Places along an axis at round values, and how they are written. */
function ticks(axis, low, high) {
  const ends = [axis.of(low), axis.of(high)];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const perValue = (high - low) / (ends[1] - ends[0]);
  const step = roundStep((most - least) / MOST_TICKS);
  const text = axis.text(Math.max(Math.abs(least), Math.abs(most)));
  const first = Math.ceil(least / step - 1e-6);
  const last = Math.floor(most / step + 1e-6);
  return Array.from({ length: last - first + 1 }, (_, number) => {
    const value = Number(((first + number) * step).toPrecision(6));
    return [low + (value - ends[0]) * perValue, text(value)];
  });
}

/** The next of 1, 2, 5, 10, … */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * 0.999);
}
