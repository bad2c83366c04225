// The point cloud. Nothing is loaded, asked for or drawn while it is closed.

import { round, sigmaLabels } from "./map.js";
import { paintBar } from "./painter.js";

const SHARES = [
  0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 1,
];
const NO_3D =
  "This browser draws no 3-D here: its WebGL 2 is missing or switched off. The rest of the page works without.";
const NOT_LOADED =
  "The 3-D view could not be loaded: is the program still running? Close the cloud, and open it again.";
const LOST =
  "The graphics card is lost; the cloud comes back with it. If it does not, close the cloud, and open it again.";

export class Cloud {
  /** Draws maps in `pane` while it is open. `send` sends the program a word; `picture` is the canvas with the
   *  all-in-focus image; `onOpen` hears whether it is open. */
  constructor(pane, { palettes, send, picture, onOpen }) {
    Object.assign(this, { pane, palettes, send, picture, onOpen, map: null, marks: null, view: null, shares: null });
    this.stage = pane.querySelector(".stage");
    this.says = pane.querySelector(".warning");
    [this.words, this.fineness] = pane.querySelectorAll(".words span");
    this.colour = pane.querySelector("select");
    this.slider = pane.querySelector("input[type=range]");
    this.cut = pane.querySelector("[name=cut]");
    this.colour.addEventListener("change", () => this.#draw());
    this.slider.addEventListener("input", () => this.#draw());
    this.cut.addEventListener("change", () => {
      this.tell();
      this.#draw();
    });
    for (const button of pane.querySelectorAll("[data-side]")) {
      button.addEventListener("click", () => this.view?.look(button.dataset.side));
    }
  }

  get isOpen() {
    return !this.pane.hidden;
  }

  toggle() {
    this.pane.hidden = this.isOpen;
    if (this.isOpen) this.#open();
    else this.#close();
    this.tell();
    this.onOpen(this.isOpen);
  }

  /** Say whether the flying pixels are needed: when that changes, and on a new connection. */
  tell() {
    this.send(this.#cuts ? "cloud" : "no cloud");
  }

  /** Take note of the map on the page; it is drawn once its flying pixels are known. */
  meet(map) {
    this.map = map;
    if (!this.shares) this.#offerShares(map.head);
    if (this.view && (!this.#cuts || this.#areHere)) this.#draw();
  }

  /** Take note of the flying pixels of a map. */
  hear({ seq, flying }) {
    this.marks = { seq, bits: Uint8Array.from(atob(flying), (character) => character.charCodeAt(0)) };
    if (this.#areHere) this.#draw();
  }

  /** Palette and labels of the colour bar; nothing for a picture. */
  get bar() {
    if (!this.map || this.colour.value === "picture") return {};
    const { head } = this.map;
    const isDepth = this.colour.value === "depth";
    return { palette: this.palettes[this.colour.value], labels: isDepth ? head.labels : sigmaLabels(head) };
  }

  /** The drawing with its words, on a canvas of its own. */
  snapshot() {
    return this.view?.picture();
  }

  paintScale() {
    const { palette, labels } = this.bar;
    const bar = this.pane.querySelector(".bar");
    bar.hidden = !palette;
    if (palette) paintBar(bar, { palette, labels });
  }

  get #cuts() {
    return this.isOpen && this.cut.checked;
  }

  get #areHere() {
    return this.map !== null && this.marks?.seq === this.map.head.seq;
  }

  async #open() {
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute(
      "aria-label",
      "point cloud; arrow keys turn it, with Shift they move it, plus and minus zoom, 0 resets",
    );
    const context = canvas.getContext("webgl2", { antialias: false, alpha: false });
    this.#say(context ? "" : NO_3D);
    if (!context) return;
    this.stage.prepend(canvas);
    this.canvas = canvas;
    try {
      const { CloudView } = await import("./cloud/view.js");
      if (this.canvas !== canvas) return; // closed meanwhile
      const labels = this.stage.querySelector(".labels");
      this.view = new CloudView({
        canvas,
        context,
        labels,
        palettes: this.palettes,
        onLost: (isLost) => this.#say(isLost ? LOST : ""),
        onDrawn: (every) => this.#sayHowFine(every),
      });
      this.#draw();
    } catch {
      if (this.canvas === canvas) this.#say(NOT_LOADED);
    }
  }

  #close() {
    this.view?.close();
    this.canvas?.remove();
    this.view = this.canvas = this.marks = null;
  }

  #draw() {
    if (!this.view || !this.map) return;
    const { head, width, height } = this.map;
    const limit = this.shares[this.slider.value] ?? null;
    const marks = this.#cuts && this.#areHere ? this.marks.bits : null;
    const points = this.view.show(this.map, { limit, marks, colouring: this.colour.value, picture: this.picture });
    const most = limit === null ? "all that have one" : sigmaWords(limit, head);
    this.pane.querySelector("output").textContent = most;
    this.slider.setAttribute("aria-valuetext", most);
    const waiting = this.#cuts && !marks ? " · flying pixels are cut with the next map" : "";
    this.words.textContent = `${points} of ${width * height} pixels · ${this.view.layout.words}${waiting}`;
    this.pane.dataset.points = points; // what scripts read
    this.paintScale();
  }

  /** Begin with what gets into saved clouds. */
  #offerShares({ cloud }) {
    this.shares = [...new Set([...SHARES, ...(cloud.sigma === null ? [] : [cloud.sigma])])].sort(
      (one, other) => one - other,
    );
    const first = cloud.sigma === null ? this.shares.length : this.shares.indexOf(cloud.sigma);
    Object.assign(this.slider, { min: 0, max: this.shares.length, step: 1, value: first });
    this.cut.checked = !cloud.whole;
    this.tell();
  }

  #sayHowFine(every) {
    const text = every === 1 ? "" : ` · one of ${every * every} of them while it changes: drawing is slow here`;
    if (this.fineness.textContent !== text) this.fineness.textContent = text;
  }

  #say(text) {
    this.says.textContent = text;
    this.says.hidden = text === "";
  }
}

/** "σ up to 5 % of the sweep (0.23 dpt)". */
function sigmaWords(share, head) {
  const span = { m: head.near_dpt - head.far_dpt, um: head.near_um - head.far_um }[head.unit];
  const also = span === undefined ? "" : ` (${round(share * span)} ${head.unit === "m" ? "dpt" : "µm"})`;
  return `σ up to ${round(100 * share)} % of the sweep${also}`;
}
