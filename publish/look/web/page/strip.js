// The sweep with its slots, far on the left.

import { putLabels } from "./painter.js";

const SVG = "http://www.w3.org/2000/svg";
const CHARACTER_PX = 7;

/** Draw slots seen (filled), to come (hollow) and the one just taken (tall) over the colours of the depth. */
export function paintStrip(svg, ticks, { head, palette }) {
  const width = svg.clientWidth;
  const at = (coordinate) => Math.min(Math.max(coordinate, -0.02), 1.02) * width;
  svg.setAttribute("viewBox", `0 0 ${width} 30`);
  const marks = head.slots.map(([index, coordinate, seen]) => {
    const now = index === head.slot;
    const tall = now ? 24 : 16;
    const wide = Math.max(2, Math.min(9, width / head.slots.length / 3));
    return shape("rect", {
      x: at(coordinate) - wide / 2, y: 12 - tall / 2, width: wide, height: tall, rx: 1.5,
      fill: seen ? colour(palette, coordinate) : "none", stroke: now ? "#fff" : seen ? "#fff5" : "#6e7681",
    });
  });
  const ramp = Array.from({ length: 64 }, (_, i) =>
    shape("rect", { x: (i * width) / 64, y: 26, width: width / 64 + 0.5, height: 4, fill: colour(palette, i / 63) }));
  svg.replaceChildren(...ramp, ...marks);
  putLabels(ticks, { labels: head.labels, length: width, gap: (text) => text.length * CHARACTER_PX + 14, side: "left" });
}

function colour(palette, coordinate) {
  const [r, g, b] = palette[Math.round(Math.min(Math.max(coordinate, 0), 1) * 255)];
  return `rgb(${r} ${g} ${b})`;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
