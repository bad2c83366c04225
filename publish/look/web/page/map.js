// A depth map as it came, and what its values mean. The format is described in packet.py.

const NEWLINE = 10;
const UNITS = { m: " m", um: " µm" };
export const SIGMA_SHARE = 0.1; // of the sweep: the end of σ's colours
const decoder = new TextDecoder();

/** Take a packet apart; depth and σ are views of it. */
export function readPacket(buffer) {
  const cut = new Uint8Array(buffer).indexOf(NEWLINE);
  const head = JSON.parse(decoder.decode(new Uint8Array(buffer, 0, cut)));
  const [height, width] = head.shape;
  const size = height * width;
  const depth = new Float32Array(buffer, cut + 1, size);
  const sigma = new Float32Array(buffer, cut + 1 + 4 * size, size);
  const jpeg = new Blob([new Uint8Array(buffer, cut + 1 + 8 * size, head.jpeg_bytes)], { type: "image/jpeg" });
  return { head, width, height, depth, sigma, jpeg };
}

/** Return functions from a value and its σ to the place on the colour bars, 0 … 1, NaN for none. */
export function colourScales(head) {
  if (head.unit !== "m") {
    const [far, height] = head.unit === "um" ? [head.far_um, head.near_um - head.far_um] : [0, 1];
    return { ofDepth: (value) => (value - far) / height, ofSigma: (_, sigma) => sigma / (height * SIGMA_SHARE) };
  }
  const span = head.near_dpt - head.far_dpt;
  return {
    ofDepth: (value) => (1 / value - head.far_dpt) / span,
    // σ in metres grows with z² for the same error in dioptres; coloured is the latter.
    ofSigma: (value, sigma) => (value === Infinity ? 1 : sigma / (value * value * span * SIGMA_SHARE)),
  };
}

/** Labels of σ's bar, in dioptres, in micrometres or in shares of the sweep. */
export function sigmaLabels(head) {
  const [span, unit] = { m: [head.near_dpt - head.far_dpt, " dpt"], um: [head.near_um - head.far_um, " µm"] }[head.unit]
    ?? [1, ""];
  const most = SIGMA_SHARE * span;
  return [[0, "0"], [1, `≥ ${round(most)}${unit}`], [0.5, `${round(most / 2)}${unit}`]];
}

/** "0.8431 ± 0.0040 m", "12.4 ± 0.3 µm", or the sweep coordinate without a unit. */
export function describe(value, sigma, unit) {
  if (Number.isNaN(value)) return "no depth";
  if (value === Infinity) return "∞ (at or beyond infinity)";
  return lengthOf(value, sigma, unit);
}

/** A length of any kind with its σ, in millimetres where it is short. */
export function lengthOf(value, sigma, unit) {
  if (unit === "m" && value < 0.1) return `${withSigma(value * 1000, sigma * 1000)} mm`;
  return `${withSigma(value, sigma)}${UNITS[unit] ?? ""}`;
}

/** The same without σ, to three digits. */
export function roundLength(value, unit) {
  return unit === "m" && value < 0.1 ? `${round(value * 1000)} mm` : `${round(value)}${UNITS[unit] ?? ""}`;
}

/** Both to the second significant digit of σ. */
function withSigma(value, sigma) {
  const known = Number.isFinite(sigma) && sigma > 0;
  const decimals = known ? Math.min(Math.max(1 - Math.floor(Math.log10(sigma)), 0), 5) : 3;
  return `${value.toFixed(decimals)} ± ${known ? sigma.toFixed(decimals) : "?"}`;
}

/** Three significant digits at most, without trailing zeros. */
export function round(value) {
  return String(Number(value.toPrecision(3)));
}
