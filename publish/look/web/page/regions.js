// What the map says of its regions: a card each, and their outlines on the depth.

import { describe, round } from "./map.js";
import { pictureOf } from "./probe.js";

export class Regions {
  constructor(list, canvas) {
    this.list = list;
    this.canvas = canvas;
    this.head = null;
    new ResizeObserver(() => this.#outline()).observe(canvas);
  }

  show(head) {
    this.head = head;
    this.list.hidden = head.regions.length === 0;
    this.list.replaceChildren(...head.regions.map((region) => card(region, head.unit)));
    this.#outline();
  }

  #outline() {
    const stage = this.canvas.parentElement;
    for (const old of stage.querySelectorAll(".region")) old.remove();
    if (!this.head) return;
    const { scale, left, top } = pictureOf(this.canvas);
    const perPixel = scale / this.head.step;
    for (const region of this.head.regions) {
      const outline = element("i", region.name, "region");
      outline.style.left = `${left + region.x_px * perPixel}px`;
      outline.style.top = `${top + region.y_px * perPixel}px`;
      outline.style.width = `${region.width_px * perPixel}px`;
      outline.style.height = `${region.height_px * perPixel}px`;
      stage.append(outline);
    }
  }
}

function card(region, unit) {
  const item = element("li", "");
  const sure = `${Math.round(100 * region.sure_share)} % sure`;
  const angle = region.angle_deg === null ? [] : [`angle ${region.angle_deg.toFixed(1)}°`];
  const flat = region.flatness === null ? [] : [`flat within ${length(region.flatness, unit)}`];
  item.append(
    element("h3", region.name),
    element("output", depthOf(region, unit)),
    element("span", [...angle, ...flat, sure].join(" · ")),
  );
  return item;
}

function depthOf({ median, sigma, sure_share: sure }, unit) {
  if (median !== null) return describe(median, sigma ?? NaN, unit);
  return sure > 0 ? describe(Infinity, NaN, unit) : "no sure depth";
}

function length(value, unit) {
  if (unit === "m") return value < 0.1 ? `${round(value * 1000)} mm` : `${round(value)} m`;
  return unit === "um" ? `${round(value)} µm` : round(value);
}

function element(kind, text, name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = name;
  return made;
}
