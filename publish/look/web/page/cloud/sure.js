// Which pixels are points: those with a depth that is sure enough, and not in the step between two surfaces.

const ROOM = 1.00001; // a σ of just the limit does not miss it by the rounding to metres and back

/** The largest σ that is drawn, as a share of the sweep. */
export function withRoom(limit) {
  return limit * ROOM;
}

/** Return whether the pixel at x, y is a point, as the shader decides it. `limit` is the largest σ as a share of the
 *  sweep, or null; `marks` the flying pixels to leave out, or null. */
export function pointsOf({ width, depth, sigma }, { isMetric, span }, { limit, marks }) {
  const perRow = (width + 7) >> 3;
  const most = limit === null ? Infinity : withRoom(limit) * span;
  return (x, y) => {
    const i = y * width + x;
    const value = depth[i];
    if (!Number.isFinite(value)) return false;
    if (limit !== null && !(sigma[i] <= (isMetric ? most * value * value : most))) return false;
    return marks === null || (marks[y * perRow + (x >> 3)] & (128 >> (x & 7))) === 0;
  };
}

/** How many pixels are points. */
export function count({ width, height }, isPoint) {
  let points = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (isPoint(x, y)) points++;
  }
  return points;
}
