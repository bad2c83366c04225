// Joins the parts of the page.

import { Camera } from "./camera.js";
import { Cloud } from "./cloud.js";
import { connect } from "./connection.js";
import { Controls } from "./controls.js";
import { Drawing } from "./drawing.js";
import { Drawn, MOST, words } from "./drawn.js";
import { showFigures, showWhole } from "./figures.js";
import { bindKeys } from "./keys.js";
import { colourScales, describe, readPacket, round, sigmaLabels } from "./map.js";
import { paintBar, paintJpeg, paintMap } from "./painter.js";
import { describeDistance, paintProfile, profile, Ruler } from "./measure.js";
import { Probe } from "./probe.js";
import { Outlines, Regions, wordsOf } from "./regions.js";
import { snapshot } from "./snapshot.js";
import { paintStrip } from "./strip.js";

const STILL_AFTER_MS = 2000;
const TOUCH = matchMedia("(hover: none)").matches;
const STATES = {
  live: "live", starting: "starting", frozen: "frozen", waiting: "no new maps", connecting: "connecting",
  lost: "connection lost, trying again", token: "token needed: open the address that the program printed",
};

const HINTS = {
  pointing: TOUCH ? "touch a picture" : "point at the picture, or press an arrow key",
  drawing: TOUCH ? "drag over the region" : "drag over the region, or press Enter at two corners",
};
const NEWS = {
  building: () => "Getting the depth model ready\nThe first start with a model or an image size takes longer.",
  waiting: ({ live, source }) => (live ? `Waiting for the camera\n${source}` : `Opening\n${source}`),
  token: () => "A token is needed\nOpen the address that the program printed.",
  lost: () => "Connection lost\nTrying again.",
  measuring: ({ slices }) => `Measuring\n${slices} slice${slices === 1 ? "" : "s"} taken; the first map is being made.`,
};

const byId = (id) => document.getElementById(id);
const panes = Object.fromEntries([...document.querySelectorAll(".pane")].map((pane) => [pane.dataset.pane, pane]));
const canvasOf = (name) => panes[name].querySelector(".stage canvas");
const palettes = await loadPalettes();
const canvases = ["depth", "aif", "sigma"].map(canvasOf);
const ruler = new Ruler(canvases);
const outlines = new Outlines(canvases);
const [regionList, drawnList] = byId("regions").querySelectorAll("ul");
const regions = new Regions(regionList);
const drawn = new Drawn(drawnList, tellRegions);
const drawing = new Drawing(canvases, { onPreview: (rectangle) => outline(rectangle), onDone: addRegion });
const camera = new Camera(panes.camera, (isOpen) => showPane("camera", isOpen));
const cloud = new Cloud(panes.cloud, {
  palettes, send: (text) => live.send(text), picture: canvasOf("aif"), onOpen: (isOpen) => showPane("cloud", isOpen),
});
const openers = { camera, cloud };
const controls = new Controls(byId("controls"), byId("control-button"));
controls.onFound = () => {
  byId("roi-measure").hidden = !controls.has("regions");
  if (controls.has("regions")) regions.onRemove = (text) => measureForAll(map.head.regions.map(wordsOf).filter((other) => other !== text));
};
const probe = new Probe(canvases, showReadout);

let map = null; // the one on the page
let anchor = null; // the place that is measured from
let connection = "connecting";
let frozen = false;
let thaw = () => {}; // ends the wait of a frozen page
let wasPinned = false; // the read-out, before a region was drawn
let figures = null; // of the drawn regions, as they came
let cameAt = 0;

const live = connect({ path: "/live", ask: () => "next", onPacket: take, onText: hear, onState: showConnection });
bindKeys({
  probe, help: byId("help"),
  actions: { enlarge, enter, escape, freeze, savePicture, measure, draw, camera: () => camera.toggle(), cloud: () => cloud.toggle(), controls: () => controls.toggle() },
});
for (const [name, pane] of Object.entries(panes)) pane.querySelector("h2").addEventListener("click", () => enlarge(name));
byId("help-button").addEventListener("click", () => byId("help").showModal());
byId("measure").addEventListener("click", measure);
for (const [name, opener] of Object.entries(openers)) byId(`${name}-button`).addEventListener("click", () => opener.toggle());
byId("draw-button").addEventListener("click", draw);
byId("roi-copy").addEventListener("click", copyWords);
byId("roi-measure").addEventListener("click", measureDrawn);
// The page of a new run has another token: it comes with the address.
addEventListener("hashchange", () => location.reload());
addEventListener("resize", () => map && paintScales());
setInterval(showStatus, 500);

async function loadPalettes() {
  for (;;) {
    try {
      return await (await fetch("/palettes.json")).json();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

async function take(buffer) {
  cameAt = performance.now();
  showStatus();
  // A hidden page draws nothing until it is looked at again, and asks for nothing meanwhile.
  await new Promise(requestAnimationFrame);
  if (frozen) {
    await new Promise((resolve) => { thaw = resolve; });
    return;
  }
  const next = readPacket(buffer);
  await paintJpeg(canvasOf("aif"), next);
  map = next;
  showStatus(); // the first map ends "starting"
  paintValues();
  showFigures(map.head);
  showWhole(map.head);
  regions.show(map.head);
  drawn.meet(map.head);
  cloud.meet(map);
  showDrawn();
  outline();
  paintScales();
  showReadout();
  probe.mark();
  Object.assign(document.body.dataset, { seq: map.head.seq, final: map.head.final }); // what scripts wait for
}

function paintValues() {
  const { width, height, depth, sigma, head } = map;
  const { ofDepth, ofSigma } = colourScales(head);
  const shared = { width, height, none: palettes.none };
  paintMap(canvasOf("depth"), { ...shared, palette: palettes.depth, place: (i) => ofDepth(depth[i]) });
  paintMap(canvasOf("sigma"), { ...shared, palette: palettes.sigma, place: (i) => ofSigma(depth[i], sigma[i]) });
}

function paintScales() {
  const { head } = map;
  paintBar(panes.depth.querySelector(".bar"), { palette: palettes.depth, labels: head.labels });
  paintBar(panes.sigma.querySelector(".bar"), { palette: palettes.sigma, labels: sigmaLabels(head) });
  cloud.paintScale();
  paintStrip(byId("strip"), byId("strip-ticks"), { head, palette: palettes.depth });
}

function showNews(news) {
  byId("source").textContent = news.source ?? byId("source").textContent;
  byId("news").textContent = NEWS[news.stage](news);
  byId("news").dataset.stage = news.stage;
}

function showReadout() {
  const { place } = probe;
  drawing.follow(place);
  const value = byId("value");
  const marks = ["depth", "sigma"].map((name) => panes[name].querySelector(".mark"));
  showMeasured();
  for (const mark of marks) mark.hidden = true;
  if (!map || !place || place.x >= map.width || place.y >= map.height) {
    value.textContent = "–";
    byId("place").textContent = HINTS[drawing.isOn ? "drawing" : "pointing"];
    return;
  }
  const i = place.y * map.width + place.x;
  const [depth, sigma] = [map.depth[i], map.sigma[i]];
  value.textContent = describe(depth, sigma, map.head.unit);
  Object.assign(value.dataset, { depth, sigma });
  const step = map.head.step;
  const vergence = map.head.unit === "m" && depth > 0 ? ` · ${round(1 / depth)} dpt` : "";
  byId("place").textContent = `x ${place.x * step}, y ${place.y * step}${vergence}${drawing.isOn ? ` · ${HINTS.drawing}` : probe.pinned ? " · pinned" : ""}`;
  const { ofDepth, ofSigma } = colourScales(map.head);
  [ofDepth(depth), ofSigma(depth, sigma)].forEach((at, which) => {
    marks[which].hidden = Number.isNaN(at);
    marks[which].style.top = `${Math.min(Math.max(at, 0), 1) * 100}%`;
  });
}

/** Show the distance and the profile from the anchor to the place, and the button that begins and ends it. */
function showMeasured() {
  const isOn = ({ x, y }) => map && x < map.width && y < map.height;
  if (anchor && !isOn(anchor)) anchor = null;
  const to = anchor && probe.place && isOn(probe.place) ? probe.place : null;
  for (const name of ["distance", "profile"]) byId(name).hidden = !to;
  document.querySelector("footer").classList.toggle("measuring", Boolean(to));
  byId("measure").hidden = !anchor && !(probe.place && probe.pinned);
  byId("measure").textContent = anchor ? "end measuring" : "measure from here";
  ruler.draw(anchor, to);
  if (!to) return;
  byId("distance").textContent = describeDistance(map, anchor, to);
  const { unit } = map.head;
  byId("profile-range").textContent = paintProfile(byId("profile-line"), { values: profile(map, anchor, to), unit });
}

function measure() {
  anchor = anchor ? null : probe.place && { ...probe.place };
  if (anchor) probe.pinned = false; // the other end follows the pointer
  showReadout();
}

function showStatus() {
  const starting = connection === "live" && map === null;
  const still = connection === "live" && performance.now() - cameAt > STILL_AFTER_MS;
  const state = connection !== "live" ? connection : starting ? "starting" : frozen ? "frozen" : still ? "waiting" : "live";
  byId("status").dataset.state = state;
  byId("status").textContent = state === "waiting" && controls.isPaused ? "paused" : STATES[state];
  document.querySelector("main").classList.toggle("starting", map === null);
  if (!["live", "connecting"].includes(connection)) showNews({ stage: connection });
  document.querySelector("main").classList.toggle("old", ["lost", "token"].includes(state));
}

function showConnection(state) {
  connection = state;
  if (state === "live") {
    tellRegions();
    cloud.tell();
  }
  showStatus();
}

function hear(message) {
  if (message.stage) showNews(message);
  else if (message.flying !== undefined) cloud.hear(message);
  else {
    figures = message;
    showDrawn();
  }
}

/** Have the drawn regions measured. */
function tellRegions() {
  live.send(JSON.stringify({ regions: drawn.regions.map(wordsOf) }));
  outline();
}

/** Show the figures once they are of the map that is on the page. */
function showDrawn() {
  if (map && figures?.seq === map.head.seq) drawn.show(figures.regions, map.head);
}

/** Show the outlines, and the words that keep the regions. */
function outline(preview = null) {
  if (!map) return;
  const all = [...map.head.regions, ...drawn.regions];
  byId("regions").hidden = all.length === 0;
  byId("drawn-words").hidden = drawn.regions.length === 0;
  byId("roi-words").value = words(all);
  const rectangles = preview ? [{ name: "", ...inMap(preview) }] : [];
  outlines.draw([...all, ...rectangles], map.head.step);
}

/** A rectangle of pixels as shown, in those of the map. */
function inMap({ x, y, width, height }) {
  const { step, size } = map.head;
  const [left, top] = [x * step, y * step];
  return {
    x_px: left, y_px: top, width_px: Math.min(width * step, size[1] - left), height_px: Math.min(height * step, size[0] - top),
  };
}

function draw() {
  if (drawing.isOn || !map || drawn.regions.length + map.head.regions.length >= MOST) {
    drawing.stop();
  } else {
    drawing.start();
    canvasOf("depth").focus();
    wasPinned = probe.pinned;
    if (!probe.place && !TOUCH) probe.move(0, 0); // keys begin in the middle
  }
  showDrawing();
}

function addRegion(rectangle) {
  drawn.add(inMap(rectangle));
  showDrawing();
}

function showDrawing() {
  document.querySelector("main").classList.toggle("drawing", drawing.isOn);
  byId("draw-button").setAttribute("aria-pressed", String(drawing.isOn));
  if (!drawing.isOn && !wasPinned) probe.release();
  showReadout();
}

function enter() {
  if (!drawing.isOn) probe.toggle();
  else drawing.corner(probe.place && { ...probe.place });
}

function escape() {
  if (!drawing.isOn) probe.release();
  else draw();
}

async function copyWords() {
  const field = byId("roi-words");
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value); // only where the address is trusted
  else document.execCommand("copy");
  byId("roi-copy").textContent = "copied";
  setTimeout(() => { byId("roi-copy").textContent = "copy"; }, 1500);
}

/** Have the drawn regions measured in every map; they are the program's then, and no longer this page's. */
async function measureDrawn() {
  if (await measureForAll([...map.head.regions, ...drawn.regions].map(wordsOf))) drawn.clear();
}

function measureForAll(texts) {
  if (controls.part.hidden) controls.toggle(); // it says what became of it
  return controls.change("regions", texts.join(" "));
}

/** A pane that is opened and closed: the cloud opens large, to be turned. */
function showPane(name, isOpen) {
  byId(`${name}-button`).setAttribute("aria-pressed", String(isOpen));
  document.querySelector("main").classList.toggle(`with-${name}`, isOpen);
  if (!isOpen && panes[name].classList.contains("large")) enlarge("depth");
  else if (isOpen && name === "cloud") enlarge("cloud");
  else if (map) paintScales();
}

function enlarge(name) {
  if (panes[name].hidden) openers[name].toggle();
  for (const [other, pane] of Object.entries(panes)) pane.classList.toggle("large", other === name);
  if (map) paintScales();
}

function freeze() {
  frozen = !frozen;
  if (!frozen) thaw();
  showStatus();
}

function savePicture() {
  if (!map) return;
  const { pane } = document.querySelector(".pane.large").dataset;
  const { head } = map;
  const link = document.createElement("a");
  link.download = `${pane}_${head.sweep}.png`;
  const bar = { depth: { palette: palettes.depth, labels: head.labels }, sigma: { palette: palettes.sigma, labels: sigmaLabels(head) }, cloud: cloud.bar };
  const shown = pane === "cloud" ? cloud.snapshot() : canvasOf(pane);
  if (!shown) return; // nothing is drawn there
  snapshot(shown, { ...bar[pane], lines: captionOf(pane, head) }).toBlob((blob) => {
    link.href = URL.createObjectURL(blob);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

/** What a saved picture shows: the quantity and its unit, the sweep, the time, and where it comes from. */
function captionOf(pane, head) {
  const unit = pane === "depth" && head.unit === "m" ? " in metres" : pane === "depth" && head.unit === "um" ? " in µm" : "";
  const what = panes[pane].querySelector("h2 span")?.textContent ?? "All in focus";
  return [
    `${what}${unit} · ${byId("trust").textContent} · ${byId("sweep-name").textContent}: ${byId("sweep-focus").textContent}`,
    `${new Date(head.taken_ms).toISOString().slice(0, 19).replace("T", " ")} UTC · ${head.source} · ${byId("model").textContent}`,
  ];
}
