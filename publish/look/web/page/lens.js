// The ray through a pixel: OpenCV's lens model with up to 14 coefficients, undone by fixed-point steps.

const MOST_STEPS = 30;
const SETTLED = 1e-12;

/** Return a function from a pixel to its ray [x/z, y/z]; `lens` is fx, fy, cx, cy and the distortion. */
export function raysOf([fx, fy, cx, cy, ...distortion]) {
  const pinhole = (u, v) => [(u - cx) / fx, (v - cy) / fy];
  if (distortion.every((coefficient) => coefficient === 0)) return pinhole;
  const [k1 = 0, k2 = 0, p1 = 0, p2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, ...tilt] =
    distortion;
  const upright = untilting(...tilt);
  return (u, v) => {
    const [x0, y0] = upright(...pinhole(u, v));
    let [x, y] = [x0, y0];
    for (let step = 0, moved = Infinity; step < MOST_STEPS && moved > SETTLED; step++) {
      const r2 = x * x + y * y;
      const radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)));
      const dx = 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + r2 * (s1 + r2 * s2);
      const dy = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + r2 * (s3 + r2 * s4);
      const next = [(x0 - dx) / radial, (y0 - dy) / radial];
      moved = Math.abs(next[0] - x) + Math.abs(next[1] - y);
      [x, y] = next;
    }
    return [x, y];
  };
}

/** Undo the tilt of the sensor about both axes, in radians. */
function untilting(tauX = 0, tauY = 0) {
  if (tauX === 0 && tauY === 0) return (x, y) => [x, y];
  const [sinX, cosX, sinY, cosY] = [Math.sin(tauX), Math.cos(tauX), Math.sin(tauY), Math.cos(tauY)];
  // rows of R = Ry(tauY) Rx(tauX), as in OpenCV's computeTiltProjectionMatrix
  const rows = [
    [cosY, sinY * sinX, -sinY * cosX],
    [0, cosX, sinX],
    [sinY, -cosY * sinX, cosY * cosX],
  ];
  const last = rows[2][2];
  return (x, y) => {
    const seen = [(x + rows[0][2]) / last, (y + rows[1][2]) / last, 1];
    const [a, b, c] = [0, 1, 2].map((column) => seen.reduce((sum, value, row) => sum + rows[row][column] * value, 0));
    return [a / c, b / c];
  };
}
