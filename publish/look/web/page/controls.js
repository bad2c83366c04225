// What can be changed from this page, by those who have the token.

import { token } from "./connection.js";

const PERIOD_MS = 1000;

export class Controls {
  /** Finds out what can be changed, and shows it in `part` when it is opened by `button`. */
  constructor(part, button) {
    this.part = part;
    this.button = button;
    this.says = part.querySelector("[role=status]");
    this.known = new Map();
    this.asking = 0;
    button.addEventListener("click", () => this.toggle());
    for (const field of part.querySelectorAll("[data-control]")) this.#bind(field);
    if (token()) this.#find();
  }

  /** Whether something of this name can be changed. */
  has(name) {
    return this.known.has(name);
  }

  get isPaused() {
    return this.known.get("pause")?.value === "on";
  }

  toggle() {
    if (this.known.size === 0) return;
    this.part.hidden = !this.part.hidden;
    this.button.setAttribute("aria-pressed", String(!this.part.hidden));
    clearInterval(this.asking);
    if (!this.part.hidden) {
      this.#refresh();
      this.asking = setInterval(() => this.#refresh(), PERIOD_MS);
    }
  }

  /** Change something; what is wrong with it is said on the page. */
  async change(name, value) {
    const body = JSON.stringify({ name, value });
    const answer = await asked({ method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (answer.error) this.#say(answer.error, true);
    else {
      this.#take(answer);
      this.#say(DONE[name]?.(value, this.known.get(name)) ?? `${name}: ${value}`, false);
    }
    return !answer.error;
  }

  async #find() {
    const answer = await asked();
    if (answer.error) {
      if (answer.again) setTimeout(() => this.#find(), PERIOD_MS);
      return; // nothing can be changed here
    }
    this.button.hidden = false;
    this.#take(answer);
    this.onFound?.();
  }

  async #refresh() {
    const answer = await asked();
    if (answer.error) this.#say(answer.error, true);
    else this.#take(answer);
  }

  #take(states) {
    this.known = new Map(states.map((state) => [state.name, state]));
    for (const field of this.part.querySelectorAll("[data-control]")) {
      const state = this.known.get(field.dataset.control);
      field.hidden = !state;
      if (state) SHOW[field.dataset.control](field, state);
    }
  }

  #bind(field) {
    const name = field.dataset.control;
    const inputs = [...field.querySelectorAll("input")];
    const set = field.querySelector("button[data-value]");
    set?.addEventListener("click", () => this.#press(name, field, inputs, set.dataset.value));
    field.querySelector("select:not([data-unit])")?.addEventListener("change", (event) => this.change(name, event.target.value));
    field.querySelector("button")?.addEventListener("click", () => this.#press(name, field, inputs));
    for (const input of inputs) {
      input.addEventListener("input", () => (field.dataset.typed = "yes")); // it is not shown over
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") field.querySelector("button").click();
      });
    }
  }

  /** Ask for what is typed; it stays to be corrected where it is refused. */
  async #press(name, field, inputs, given) {
    const text = given ?? VALUE[name](this.known.get(name), ...inputs, field.querySelector("select"));
    if (name === "pause" && text === "off" && this.known.get("lens")?.value && !(await this.change("lens", ""))) return;
    if (PATIENT.has(name)) this.#say(`${name}: waits for the end of this sweep`, false);
    if (await this.change(name, text)) {
      delete field.dataset.typed;
      SHOW[name](field, this.known.get(name));
    }
  }

  #say(text, isWrong) {
    this.says.textContent = text;
    this.says.classList.toggle("bad", isWrong);
  }
}

/** What a button asks for. */
const VALUE = {
  pause: ({ value }) => (value === "on" ? "off" : "on"),
  record: ({ value }, input) => (value ? "" : input.value.trim()),
  save: () => "",
  exposure: (_, input) => input.value,
  gain: (_, input) => input.value,
  range: (_, far, near) => `${far.value} ${near.value}`,
  slots: (_, input) => input.value,
  lens: (_, input, unit) => (input.value ? `${input.value} ${unit.hidden ? "" : unit.value}`.trim() : "nowhere"),
};

/** Those that change camera or lens, once the sweep in hand has ended. */
const PATIENT = new Set(["exposure", "gain", "range", "slots", "lens"]);

const SHOW = {
  pause: (field, { value, note }) => {
    field.querySelector("button").textContent = value === "on" ? "continue" : "pause depth";
    field.querySelector(".note").textContent = value === "on" ? note || "rests after this sweep" : "";
  },
  update: (field, { value, choices }) => {
    const select = field.querySelector("select");
    if (select.options.length === 0) select.append(...choices.map((choice) => new Option(choice)));
    if (document.activeElement !== select) select.value = value;
  },
  record: (field, { value, note }) => {
    const input = field.querySelector("input");
    field.querySelector("button").textContent = value ? "end recording" : "record";
    field.classList.toggle("runs", value !== "");
    input.disabled = value !== "";
    if (value) input.value = value;
    else if (!input.value) input.value = nameOfNow();
    field.querySelector(".note").textContent = note;
  },
  save: (field, { value, note }) => {
    field.querySelector(".note").textContent = joined(note, value && `saved last: ${value}`);
  },
  exposure: showNumbers,
  gain: showNumbers,
  range: (field, state) => showNumbers(field, state, joined(state.note, allowed(state))),
  slots: showNumbers,
  lens: (field, state) => {
    const { value, unit, lowest, highest, note } = state;
    const input = field.querySelector("input");
    const units = field.querySelector("[data-unit]");
    units.hidden = unit === "";
    field.querySelector("[data-value]").disabled = value === "";
    field.querySelector(".note").textContent = joined(value ? heldAt(state) : note, allowed(state));
    if (field.dataset.typed || document.activeElement === input) return;
    const focus = value ? Number(value) : (lowest + highest) / 2;
    input.value = short(units.value === "m" ? 1 / focus : focus);
  },
};

/** Numbers, their unit, and what they may be. */
function showNumbers(field, state, note = joined(limits(state), state.note)) {
  const { value, unit, lowest, highest } = state;
  const inputs = [...field.querySelectorAll("input")];
  field.querySelector(".unit").textContent = unit;
  field.querySelector(".note").textContent = note;
  const values = value.split(" ");
  inputs.forEach((input, at) => {
    Object.assign(input, { min: lowest, max: highest });
    if (!field.dataset.typed && !inputs.includes(document.activeElement)) input.value = values[at];
  });
}

const short = (number) => String(Number(number.toPrecision(4)));
const limits = ({ lowest, highest, unit }) => `${short(lowest)} … ${short(highest)} ${unit}`.trim();
const allowed = (state) => `allowed ${limits(state)}`;
const heldAt = ({ value, unit, note }) => `held at ${value} ${unit}`.trim() + (note && ` (${note})`);
const joined = (...parts) => parts.filter(Boolean).join("; ");

const DONE = {
  pause: (value) => (value === "on" ? "depth rests after this sweep" : "depth goes on with the next sweep"),
  update: (value) => `--update ${value} from the next sweep on`,
  record: (value) => (value ? `recording ${value} from the next sweep on` : "the recording ends with this sweep"),
  save: (value, { value: path }) => `saved ${path}`,
  exposure: (_, { value, unit }) => `exposure ${value} ${unit} from this sweep on`,
  gain: (_, { value, unit }) => `gain ${value} ${unit}`.trim() + " from this sweep on",
  range: (_, { value, unit }) => `sweeps ${value.replace(" ", " … ")} ${unit}`.trim() + " from this sweep on",
  slots: (_, { value }) => `${value} slots from this sweep on`,
  lens: (_, state) => (state.value ? `the lens is ${heldAt(state)}` : "the lens sweeps"),
  regions: (value) => (value ? `measured in every map: ${value}` : "no regions are measured"),
};

/** A name that sorts by time. */
function nameOfNow() {
  const pad = (number) => String(number).padStart(2, "0");
  const now = new Date();
  const day = [now.getFullYear(), pad(now.getMonth() + 1), pad(now.getDate())].join("");
  return `${day}_${[now.getHours(), now.getMinutes(), now.getSeconds()].map(pad).join("")}`;
}

/** Ask the program; an object with `error` where that failed, and `again` where it may come right. */
async function asked(options = {}) {
  try {
    const headers = { ...options.headers, Authorization: `Bearer ${token()}` };
    const response = await fetch("/control", { ...options, headers });
    if (response.status === 404) return { error: "nothing can be changed here" };
    return await response.json();
  } catch {
    return { error: "the program does not answer", again: true };
  }
}
