// The camera's own picture, to aim, to focus and to expose by. Nothing is asked for while it is closed.

import { connect } from "./connection.js";

const SVG = "http://www.w3.org/2000/svg";
const NEWLINE = 10;
const SATURATED_WARNING = 0.001; // of the pixels
const DARK_SHARE = 0.001; // of the pixels are brighter than a dark picture's limit …
const DARK_LIMIT = 0.25; // … as a share of the full scale
const MARK = [255, 40, 60]; // red, as in other viewers
const CHANNELS = { 1: ["grey"], 3: ["blue", "green", "red"] };
const decoder = new TextDecoder();

export class Camera {
  /** Shows pictures in `pane` while it is open. */
  constructor(pane, onOpen) {
    this.pane = pane;
    this.onOpen = onOpen;
    this.canvas = pane.querySelector("canvas");
    this.histogram = pane.querySelector(".histogram");
    this.slot = pane.querySelector("select");
    this.marks = pane.querySelector("[name=marks]");
    this.full = pane.querySelector("[name=full]");
    this.words = pane.querySelector(".words");
    this.warning = pane.querySelector(".warning");
    this.centre = [0.5, 0.5];
    this.connection = null;
    this.picture = null;
    this.slot.addEventListener("change", () => this.#askAnew());
    this.full.addEventListener("change", () => this.#askAnew());
    this.marks.addEventListener("change", () => this.#draw());
    this.canvas.addEventListener("click", (event) => this.#look(event));
  }

  toggle() {
    const opens = this.pane.hidden;
    this.pane.hidden = !opens;
    if (opens) {
      this.connection = connect({
        path: "/camera",
        ask: () => this.#ask(),
        onPacket: (buffer) => this.#take(buffer),
        onText: () => {},
        onState: (state) => this.pane.classList.toggle("old", state !== "live"),
      });
    } else {
      this.connection.close();
      this.connection = null;
      delete this.pane.dataset.seq;
    }
    this.onOpen(opens);
  }

  #ask() {
    const slot = this.slot.value === "" ? null : Number(this.slot.value);
    return JSON.stringify({ slot, centre: this.full.checked ? this.centre : null });
  }

  #askAnew() {
    this.connection?.send(this.#ask());
  }

  async #take(buffer) {
    await new Promise(requestAnimationFrame);
    if (!this.connection) return;
    const bytes = new Uint8Array(buffer);
    const cut = bytes.indexOf(NEWLINE) + 1;
    const head = JSON.parse(decoder.decode(bytes.subarray(0, cut)));
    const bits = bytes.subarray(cut + head.jpeg_bytes);
    const bitmap = await createImageBitmap(new Blob([bytes.subarray(cut, cut + head.jpeg_bytes)], { type: "image/jpeg" }));
    this.picture?.bitmap.close();
    this.picture = { head, bits, bitmap };
    this.#draw();
    this.#offerSlots(head);
    this.#say(head);
    drawHistogram(this.histogram, head.histogram);
    this.pane.dataset.seq = head.seq; // what scripts wait for
  }

  #draw() {
    if (!this.picture) return;
    const { head, bits, bitmap } = this.picture;
    [this.canvas.height, this.canvas.width] = head.shown;
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    if (!this.marks.checked || head.saturated === 0) return;
    const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
    for (let i = 0; i < bitmap.width * bitmap.height; i++) {
      if (bits[i >> 3] & (128 >> (i & 7))) image.data.set(MARK, 4 * i);
    }
    context.putImageData(image, 0, 0);
  }

  /** Every slot of the sweep can be held; the choice is left alone while it does not change. */
  #offerSlots({ slot, slots }) {
    if (slots !== null && this.slot.options.length - 1 > slots) {
      const held = this.slot.value;
      this.slot.options.length = slots + 1;
      if (this.slot.value !== held) {
        this.slot.value = "";
        this.#askAnew();
      }
    }
    const known = this.slot.options.length - 1;
    for (let other = known; other < Math.max(slots ?? 0, slot + 1); other++) {
      this.slot.append(new Option(`slot ${other} only`, other));
    }
  }

  #say(head) {
    const [height, width] = head.shape;
    const part = head.part ? "part at full size" : "whole picture";
    const place = head.held ? "lens held" + (head.focus_dpt === null ? "" : ` at ${head.focus_dpt.toPrecision(4)} dpt`) : `slot ${head.slot}`;
    this.words.textContent =
      `${width} × ${height}, ${head.bits} bit · ${place} · ${part}, sharpness ${head.sharpness.toFixed(1)}`;
    const warning = warningOf(head);
    if (this.warning.textContent !== warning) this.warning.textContent = warning; // else it would be read out again
    this.warning.hidden = warning === "";
  }

  /** A click chooses what is shown at full size. */
  #look({ offsetX, offsetY }) {
    if (!this.picture) return;
    const { head } = this.picture;
    const { clientWidth, clientHeight, width, height } = this.canvas;
    const scale = Math.min(clientWidth / width, clientHeight / height);
    const place = [(offsetX - (clientWidth - width * scale) / 2) / (width * scale), (offsetY - (clientHeight - height * scale) / 2) / (height * scale)];
    if (place.some((share) => share < 0 || share > 1)) return;
    const [left, top, wide, high] = head.part ?? [0, 0, head.shape[1], head.shape[0]];
    this.centre = [(left + place[0] * wide) / head.shape[1], (top + place[1] * high) / head.shape[0]];
    this.full.checked = true;
    this.#askAnew();
  }
}

/** What is wrong with the exposure, in words; "" if nothing is. */
function warningOf({ saturated, histogram }) {
  if (saturated >= SATURATED_WARNING) {
    return `${share(saturated)} saturated: less exposure or gain`;
  }
  const isDark = histogram.every((counts) => {
    const pixels = counts.reduce((sum, count) => sum + count, 0);
    const bright = counts.slice(Math.round(counts.length * DARK_LIMIT)).reduce((sum, count) => sum + count, 0);
    return bright < DARK_SHARE * pixels;
  });
  return isDark ? "dark: only the lowest quarter of the levels is used" : "";
}

function share(value) {
  const percent = 100 * value;
  return `${percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Draw counts as steps, their square roots, so that few bright pixels are seen too. */
function drawHistogram(svg, histogram) {
  const most = Math.sqrt(Math.max(...histogram.flat())) || 1;
  const bins = histogram[0].length;
  svg.setAttribute("viewBox", `0 0 ${bins} 100`);
  svg.replaceChildren(
    ...histogram.map((counts, channel) => {
      const polygon = document.createElementNS(SVG, "polygon");
      const tops = counts.flatMap((count, bin) => {
        const y = 100 - (100 * Math.sqrt(count)) / most;
        return [`${bin},${y.toFixed(1)}`, `${bin + 1},${y.toFixed(1)}`];
      });
      polygon.setAttribute("points", ["0,100", ...tops, `${bins},100`].join(" "));
      polygon.setAttribute("class", CHANNELS[histogram.length][channel]);
      return polygon;
    }),
  );
}
