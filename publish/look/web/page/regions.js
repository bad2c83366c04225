// What the map says of its regions: a card each, and their outlines on the depth.

import { describe, roundLength } from "./map.js";
import { pictureOf } from "./probe.js";

export class Regions {
  constructor(part, canvas) {
    this.part = part;
    this.canvas = canvas;
    this.head = null;
    new ResizeObserver(() => this.#outline()).observe(canvas);
  }

  show(head) {
    this.head = head;
    this.part.hidden = head.regions.length === 0;
    this.part.firstElementChild.replaceChildren(...head.regions.map((region) => card(region, head.unit)));
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
  const flat = region.flatness === null ? [] : [`flat within ${roundLength(region.flatness, unit)}`];
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

function element(kind, text, name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = name;
  return made;
}
