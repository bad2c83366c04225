// The regions that are drawn on this page: their cards, and the words that keep them.

import { element, removeButton, showOn, wordsOf } from "./regions.js";

export const MOST = 16; // as in map_config.py
const NAME = /^[A-Za-z0-9_.-]{1,32}$/;
const NAMES = "a name takes up to 32 letters, digits, _ - and .";
const KEPT_AS = "focstream.regions"; // in this browser

export class Drawn {
  /** Shows cards in `list`; `onChange` hears of every change of the regions. */
  constructor(list, onChange) {
    this.list = list;
    this.onChange = onChange;
    this.regions = [];
    this.taken = []; // names of others
    this.place = null; // what they are drawn on
    this.figures = null;
  }

  /** Take note of a map; regions drawn earlier on pictures of the same source and size come back. */
  meet(head) {
    this.taken = head.regions.map(({ name }) => name);
    const place = JSON.stringify([head.source, head.size]);
    if (place === this.place) return;
    this.place = place;
    this.regions = kept(place);
    this.#changed();
  }

  add(rectangle) {
    let number = 1;
    while (this.#isTaken(`region-${number}`)) number++;
    this.regions.push({ name: `region-${number}`, ...rectangle });
    this.#changed();
  }

  remove(region) {
    this.regions = this.regions.filter((other) => other !== region);
    this.#changed();
  }

  clear() {
    this.regions = [];
    this.#changed();
  }

  /** Show what the program says of them, once it is of the map on the page. */
  show(figures, head) {
    const said = new Map(figures.map((each) => [wordsOf(each), each]));
    for (const { card, ...region } of this.regions) {
      const found = said.get(wordsOf(region));
      if (found) showOn(card, { region: found, head });
      else showOutside(card);
    }
  }

  #isTaken(name, besides = null) {
    return this.taken.includes(name) || this.regions.some((region) => region !== besides && region.name === name);
  }

  /** What is wrong with a name; nothing where it can be taken. */
  #fault(name, region) {
    if (!NAME.test(name)) return NAMES;
    return this.#isTaken(name, region) ? `another region is called ${name}` : "";
  }

  #changed() {
    for (const region of this.regions) region.card ??= this.#card(region);
    this.list.replaceChildren(...this.regions.map(({ card }) => card));
    keep(this.place, this.regions);
    this.onChange();
  }

  #card(region) {
    const card = element("li", "", "drawn");
    const name = element("input");
    Object.assign(name, { value: region.name, size: 12, maxLength: 32, spellcheck: false, autocomplete: "off" });
    name.setAttribute("aria-label", "name of the region");
    const why = element("p", "", "why");
    why.setAttribute("role", "alert");
    const judge = () => {
      why.textContent = this.#fault(name.value, region);
      name.setAttribute("aria-invalid", String(why.textContent !== ""));
    };
    name.addEventListener("input", judge);
    name.addEventListener("change", () => {
      if (this.#fault(name.value, region)) return; // it stays, to be corrected
      region.name = name.value;
      remove.setAttribute("aria-label", `delete ${region.name}`);
      this.#changed();
    });
    name.addEventListener("blur", () => {
      name.value = region.name;
      name.setAttribute("aria-invalid", "false"); // why it was not taken is still to be read
    });
    const remove = removeButton(region.name, () => this.remove(region));
    const head = element("div", "", "card-head");
    head.append(name, remove);
    const figures = element("div", "", "figures");
    figures.append(element("output", "–"), element("span", "with the next map"));
    card.append(head, why, figures);
    return card;
  }
}

function showOutside(card) {
  card.classList.remove("early");
  card.title = "";
  card.querySelector(".figures").replaceChildren(element("output", "–"), element("span", "outside of the picture"));
}

/** The same regions for the command line and for a TOML file. */
export function words(regions) {
  const texts = regions.map(wordsOf);
  return `--roi ${texts.join(" ")}\nroi = [${texts.map((text) => `"${text}"`).join(", ")}]`;
}

function kept(place) {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT_AS));
    return found?.place === place ? found.regions : [];
  } catch {
    return []; // nothing is kept, or nothing may be
  }
}

function keep(place, regions) {
  const plain = regions.map(({ name, x_px, y_px, width_px, height_px }) => ({ name, x_px, y_px, width_px, height_px }));
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify({ place, regions: plain }));
  } catch {
    // a browser that keeps nothing: they last as long as the page
  }
}
