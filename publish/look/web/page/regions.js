// What the map says of regions: a card each, and their outlines on the pictures.

import { seenOf } from "./figures.js";
import { describe, roundLength } from "./map.js";
import { pictureOf } from "./probe.js";

/** The regions that the program measures for everybody. */
export class Regions {
  constructor(list) {
    this.list = list;
    this.onRemove = null; // set where this page may change them
    this.shown = null;
  }

  show(head) {
    const texts = head.regions.map(wordsOf);
    const key = JSON.stringify([texts, this.onRemove !== null]);
    if (key !== this.shown) {
      this.shown = key;
      this.list.replaceChildren(...head.regions.map((region) => this.#card(region)));
    }
    head.regions.forEach((region, number) => {
      showOn(this.list.children[number], { region, head });
    });
  }

  #card(region) {
    const card = element("li");
    const head = element("div", "", "card-head");
    head.append(element("h3", region.name));
    if (this.onRemove) head.append(removeButton(region.name, () => this.onRemove(wordsOf(region))));
    card.append(head, element("div", "", "figures"));
    return card;
  }
}

/** Rectangles over the pictures, which all show the same pixels. */
export class Outlines {
  constructor(canvases) {
    this.canvases = canvases;
    this.shown = [[], 1];
    for (const canvas of canvases) new ResizeObserver(() => this.draw(...this.shown)).observe(canvas);
  }

  /** Draw those of the regions, in pixels of a map of which every `step`-th is on the page. */
  draw(regions, step) {
    this.shown = [regions, step];
    for (const canvas of this.canvases) {
      const stage = canvas.parentElement;
      for (const old of stage.querySelectorAll(".region")) old.remove();
      const { scale, left, top } = pictureOf(canvas);
      const perPixel = scale / step;
      for (const region of regions) {
        const outline = element("i", region.name, "region");
        outline.style.left = `${left + region.x_px * perPixel}px`;
        outline.style.top = `${top + region.y_px * perPixel}px`;
        outline.style.width = `${region.width_px * perPixel}px`;
        outline.style.height = `${region.height_px * perPixel}px`;
        stage.append(outline);
      }
    }
  }
}

/** Show on its card what a map says of a region; the card is dim while that may still change. */
export function showOn(card, { region, head }) {
  const isWhole = !head.broken && (head.final || head.slices_seen >= (head.slots_of_sweep ?? Infinity));
  card.classList.toggle("early", !isWhole);
  card.title = isWhole ? "" : seenOf(head);
  const heard = isWhole ? [] : [element("span", seenOf(head), "heard")];
  card.querySelector(".figures").replaceChildren(...figuresOf(region, head.unit), ...heard);
}

/** What is said of a region: its depth, then the plane through it and the share that is sure. */
function figuresOf(region, unit) {
  if (region.sure_share === null) return [element("output", "–"), element("span", "until half of the sweep is seen")];
  const sure = `${Math.round(100 * region.sure_share)} % sure`;
  const angle = region.angle_deg === null ? [] : [`angle ${region.angle_deg.toFixed(1)}°`];
  const flat = region.flatness === null ? [] : [`flat within ${roundLength(region.flatness, unit)}`];
  return [element("output", depthOf(region, unit)), element("span", [...angle, ...flat, sure].join(" · "))];
}

/** A region as the command line and the configuration file have it. */
export function wordsOf({ name, x_px, y_px, width_px, height_px }) {
  return `${name}=${x_px},${y_px},${width_px},${height_px}`;
}

export function removeButton(name, onClick) {
  const button = element("button", "×");
  button.type = "button";
  button.setAttribute("aria-label", `delete ${name}`);
  button.addEventListener("click", onClick);
  return button;
}

export function element(kind, text = "", name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = name;
  return made;
}

function depthOf({ median, sigma, sure_share: sure }, unit) {
  if (median !== null) return describe(median, sigma ?? NaN, unit);
  return sure > 0 ? describe(Infinity, NaN, unit) : "no sure depth";
}
