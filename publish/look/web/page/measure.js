// From one place of the map to another: the distance, and the profile along the line between them.

import { raysOf } from "./lens.js";
import { lengthOf, roundLength } from "./map.js";
import { pictureOf } from "./probe.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT] = [300, 56]; // of the profile; it is stretched to its place

/** "0.1234 ± 0.0020 m apart · 0.0100 ± 0.0011 m in depth"; what is not known is left out. */
export function describeDistance(map, from, to) {
  const { head } = map;
  const ends = [from, to].map((place) => valuesAt(map, place));
  if (ends.some(({ depth }) => !Number.isFinite(depth))) return "no depth at an end of the line";
  const along = Math.abs(ends[1].depth - ends[0].depth);
  const what = head.unit === "um" ? "height" : "depth";
  const inDepth = `${lengthOf(along, Math.hypot(ends[0].sigma, ends[1].sigma), head.unit)} in ${what}`;
  if (head.unit !== "m" || !head.lens) return inDepth;
  const ray = raysOf(head.lens);
  const rays = [from, to].map(({ x, y }) => [...ray(x * head.step, y * head.step), 1]);
  const [apart, sigma] = distance(rays, ends);
  return `${lengthOf(apart, sigma, "m")} apart · ${inDepth}`;
}

/** Distance of two points and its σ to the second order, the errors of the two depths being independent. */
function distance(rays, ends) {
  const depths = ends.map(({ depth }) => depth);
  const apart = between(rays, depths);
  const shares = ends.map(({ sigma }, end) => {
    const [more, less] = [sigma, -sigma].map((error) => between(rays, depths.map((z, other) => (other === end ? z + error : z))));
    return [(more - less) / 2, (more + less - 2 * apart) / Math.SQRT2];
  });
  return [apart, Math.hypot(...shares.flat())];
}

function between(rays, depths) {
  return Math.hypot(...rays[0].map((_, axis) => rays[1][axis] * depths[1] - rays[0][axis] * depths[0]));
}

/** Depth and σ at every pixel that a line passes. */
export function profile(map, from, to) {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const along = (start, end) => Math.round(start + ((end - start) * step) / steps);
    return valuesAt(map, { x: along(from.x, to.x), y: along(from.y, to.y) });
  });
}

/** Draw a profile with its band of ± σ, and return its range in words. */
export function paintProfile(svg, { values, unit }) {
  const known = values.filter(({ depth }) => Number.isFinite(depth));
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  if (known.length === 0) {
    svg.replaceChildren();
    return "no depth";
  }
  const low = Math.min(...known.map(({ depth }) => depth));
  const high = Math.max(...known.map(({ depth }) => depth));
  const at = (step) => (step * WIDTH) / Math.max(values.length - 1, 1);
  const up = (value) => HEIGHT - 4 - ((value - low) / (high - low || 1)) * (HEIGHT - 8);
  const points = values.map(({ depth, sigma }, step) => ({ x: at(step), depth, sigma }));
  const pieces = runs(points);
  svg.replaceChildren(
    ...pieces.filter((piece) => piece.every(({ sigma }) => Number.isFinite(sigma))).map((piece) => drawn("polygon", "band", [
      ...piece.map(({ x, depth, sigma }) => [x, up(depth + sigma)]),
      ...piece.toReversed().map(({ x, depth, sigma }) => [x, up(depth - sigma)]),
    ])),
    ...pieces.map((piece) => drawn("polyline", "line", piece.map(({ x, depth }) => [x, up(depth)]))),
  );
  return `${roundLength(low, unit)} to ${roundLength(high, unit)}`;
}

/** Shows the line on the pictures. */
export class Ruler {
  constructor(canvases) {
    this.ends = [];
    this.lines = canvases.map((canvas) => {
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("class", "ruler");
      canvas.parentElement.append(svg);
      new ResizeObserver(() => this.draw(...this.ends)).observe(canvas);
      return { canvas, svg };
    });
  }

  /** Draw it, or nothing where an end is missing. */
  draw(from, to) {
    this.ends = [from, to];
    for (const { canvas, svg } of this.lines) {
      if (!from || !to) {
        svg.replaceChildren();
        continue;
      }
      const { scale, left, top } = pictureOf(canvas);
      const ends = [from, to].map(({ x, y }) => [left + (x + 0.5) * scale, top + (y + 0.5) * scale]);
      svg.replaceChildren(drawn("polyline", "under", ends), drawn("polyline", "over", ends));
    }
  }
}

function valuesAt({ width, depth, sigma }, { x, y }) {
  const i = y * width + x;
  return { depth: depth[i], sigma: sigma[i] };
}

/** Stretches of points that have a depth. */
function runs(points) {
  const found = [];
  let open = null;
  for (const point of points) {
    if (!Number.isFinite(point.depth)) open = null;
    else if (open) open.push(point);
    else found.push((open = [point]));
  }
  return found;
}

function drawn(name, kind, points) {
  const element = document.createElementNS(SVG, name);
  element.setAttribute("class", kind);
  element.setAttribute("points", points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
  return element;
}
