// What is said of a map beside the pictures: how it was made, how quickly, and how whole it is.

import { round } from "./map.js";

const TRUST = { calibrated: "focus calibrated", approximate: "focus approximate", uncalibrated: "uncalibrated" };
const byId = (id) => document.getElementById(id);

let lacking = null; // the head of the last sweep, while it lacks slices

export function showFigures(head) {
  byId("depth-title").textContent = { m: "Depth", um: "Height" }[head.unit] ?? "Sweep coordinate (no metres)";
  byId("sigma-title").textContent =
    { m: "Uncertainty σ, in dioptres", um: "Uncertainty σ, in µm" }[head.unit] ?? "Uncertainty σ of the coordinate";
  byId("source").textContent = head.source;
  byId("trust").hidden = false;
  byId("trust").dataset.level = head.calibrated;
  byId("trust").textContent = TRUST[head.calibrated];
  byId("slices-rate").textContent = rate(head.slices_per_s);
  byId("maps-rate").textContent = rate(head.maps_per_s);
  byId("latency").textContent = `${ms(head.latency_p50_ms)} · ${ms(head.latency_p99_ms)} ms`;
  byId("lost").textContent = `${head.gaps} · ${head.dropped}`;
  byId("lost").classList.toggle("bad", head.gaps + head.dropped > 0);
  byId("queued").textContent = head.queued;
  byId("model").textContent = `${head.model} on ${head.engine}`;
  byId("sweep-name").textContent = `Sweep ${head.sweep}`;
  const focus = `focus ${focusOf(head)}`;
  const warmth = head.temperature_c === null ? "" : ` · lens ${head.temperature_c.toFixed(1)} °C`;
  const known = head.slots_of_sweep !== null && head.slices_seen <= head.slots_of_sweep;
  const whole = known ? ` of ${head.slots_of_sweep}` : "";
  const missing = head.broken ? ", others are missing" : "";
  byId("sweep-focus").classList.toggle("bad", head.broken);
  byId("sweep-focus").textContent =
    `${head.slices_seen}${whole} slices in the map${missing} · slot ${head.slot} · ${focus} ${head.direction > 0 ? "→" : "←"}${warmth}`;
}

/** Mark sweeps that ended without all their slices; a mark stays until a sweep has ended whole. */
export function showWhole(head) {
  if (head.broken) lacking = head;
  else if (head.final) lacking = null;
  byId("partial").hidden = lacking === null;
  byId("partial").textContent = lacking ? seenOf(lacking) : "";
  byId("partial").title = lacking ? `sweep ${lacking.sweep} ended without all its slices` : "";
  document.querySelector("main").classList.toggle("partial", lacking !== null);
}

/** How much of its sweep a map has seen that is not whole. */
export function seenOf({ slices_seen: seen, slots_of_sweep: slots, broken }) {
  if (slots !== null && seen <= slots) return `${seen} of ${slots} slices`;
  return broken ? "slices are missing" : `${seen} slices so far`;
}

function focusOf({ unit, coordinate, far_dpt, near_dpt, far_um, near_um }) {
  if (unit === "m") return `${round(far_dpt + coordinate * (near_dpt - far_dpt))} dpt`;
  if (unit === "um") return `${round(far_um + coordinate * (near_um - far_um))} µm`;
  return `${coordinate.toFixed(2)} of the sweep`;
}

function rate(perSecond) {
  return perSecond === null ? "–" : `${perSecond.toFixed(1)} /s`;
}

function ms(value) {
  return value === null ? "–" : value.toFixed(value < 100 ? 1 : 0);
}
