// A picture to keep: the map at whole multiples of its size, its colour bar, and what it is a picture of.

import { withRoom } from "./painter.js";

const LEAST_WIDTH_PX = 640;
const MARGIN_PX = 14;
const LINE_PX = 20;
const BAR_PX = 16;
const BAR_ROOM_PX = 118;
const FONT = '14px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Draw the picture of `canvas` on a new canvas; `palette` and `labels` where it has a bar, `lines` of text. */
export function snapshot(canvas, { palette, labels, lines }) {
  const scale = Math.max(1, Math.ceil(LEAST_WIDTH_PX / canvas.width));
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  const picture = document.createElement("canvas");
  picture.width = width + 2 * MARGIN_PX + (palette ? BAR_ROOM_PX : 0);
  picture.height = height + 3 * MARGIN_PX + lines.length * LINE_PX;
  const context = picture.getContext("2d");
  context.fillStyle = "#0d1117";
  context.fillRect(0, 0, picture.width, picture.height);
  context.imageSmoothingEnabled = false; // every pixel of the map stays a square of one colour
  context.drawImage(canvas, MARGIN_PX, MARGIN_PX, width, height);
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = "#e6edf3";
  lines.forEach((line, number) => {
    context.fillText(line, MARGIN_PX, height + 2 * MARGIN_PX + (number + 0.5) * LINE_PX, picture.width - 2 * MARGIN_PX);
  });
  if (palette) drawBar(context, { left: width + 2 * MARGIN_PX, top: MARGIN_PX, height, palette, labels });
  return picture;
}

/** Draw the bar, the palette's first colour on top, with as many of its labels as have room. */
function drawBar(context, { left, top, height, palette, labels }) {
  palette.forEach(([r, g, b], number) => {
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    const begin = Math.round((number * height) / palette.length);
    context.fillRect(left, top + begin, BAR_PX, Math.round(((number + 1) * height) / palette.length) - begin);
  });
  context.fillStyle = "#e6edf3";
  for (const [at, text] of withRoom(labels, { length: height, gap: () => LINE_PX })) {
    const y = Math.min(Math.max(at * height, LINE_PX / 2), height - LINE_PX / 2);
    context.fillText(text, left + BAR_PX + 8, top + y, BAR_ROOM_PX - MARGIN_PX - BAR_PX - 8);
  }
}
