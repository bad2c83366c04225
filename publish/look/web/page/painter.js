// Values to colours, and colour bars with labels.

const LABEL_GAP_PX = 17;

/** Draw a map: `place(i)` tells where on the palette pixel i is, NaN for nowhere. */
export function paintMap(canvas, { width, height, place, palette, none }) {
  fit(canvas, width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  const colours = packed(palette);
  const [empty] = packed([none]);
  for (let i = 0; i < out.length; i++) {
    const at = place(i);
    out[i] = at === at ? colours[at <= 0 ? 0 : at >= 1 ? 255 : (at * 255 + 0.5) | 0] : empty;
  }
  context.putImageData(image, 0, 0);
}

/** Draw an image that came as a JPEG. */
export async function paintJpeg(canvas, { width, height, jpeg }) {
  const bitmap = await createImageBitmap(jpeg);
  fit(canvas, width, height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
}

/** Draw a bar, the palette's first colour on top, with as many of its labels as have room. */
export function paintBar(bar, { palette, labels }) {
  const canvas = bar.querySelector("canvas");
  const context = canvas.getContext("2d");
  const image = context.createImageData(1, 256);
  new Uint32Array(image.data.buffer).set(packed(palette));
  context.putImageData(image, 0, 0);
  putLabels(bar.querySelector(".ticks"), { labels, length: bar.clientHeight, gap: () => LABEL_GAP_PX, side: "top" });
}

/** Place labels (more important ones first) along `length` pixels, leaving out those without room. */
export function putLabels(parent, { labels, length, gap, side }) {
  parent.replaceChildren(
    ...withRoom(labels, { length, gap }).map(([at, text]) => {
      const label = document.createElement("span");
      label.textContent = text;
      label.style[side] = `${at * 100}%`;
      label.className = at < 0.03 ? "first" : at > 0.97 ? "last" : "";
      return label;
    }),
  );
}

/** Those of the labels, more important ones first, that have room beside the others along `length` pixels. */
export function withRoom(labels, { length, gap }) {
  const kept = [];
  for (const [at, text] of labels) {
    if (kept.every(([other, shown]) => Math.abs(at - other) * length >= (gap(text) + gap(shown)) / 2)) kept.push([at, text]);
  }
  return kept;
}

function fit(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
}

function packed(palette) {
  return Uint32Array.from(palette, ([r, g, b]) => (0xff000000 | (b << 16) | (g << 8) | r) >>> 0);
}
