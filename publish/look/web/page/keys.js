// What the keys do; the list that users see is in index.html.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ARROWS = Object.keys(STEPS);
// Keys that belong to what has the focus; null for all of them.
const THEIR_OWN = [
  ["button, summary, a[href], input:is([type=checkbox], [type=button], [type=submit], [type=reset])", ["Enter", " "]],
  ["input[type=range]", ARROWS],
  ["input, select, textarea", null],
];
const PANES = { 1: "depth", 2: "aif", 3: "sigma", 4: "camera", 5: "cloud" };

/** Bind the keys. `actions`: enlarge(pane), enter(), escape(), freeze(), savePicture(), measure(), draw(), camera(),
 *  cloud(), controls(). */
export function bindKeys({ probe, help, actions }) {
  const others = {
    " ": actions.freeze,
    Enter: actions.enter,
    Escape: actions.escape,
    s: actions.savePicture,
    m: actions.measure,
    r: actions.draw,
    c: actions.camera,
    d: actions.cloud,
    p: actions.controls,
    f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
    "?": () => help.showModal(),
  };
  addEventListener("keydown", (event) => {
    if (help.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isTheirs(event.target, key)) return;
    const step = STEPS[key];
    if (step) probe.move(...step.map((pixels) => pixels * (event.shiftKey ? 10 : 1)));
    else if (PANES[key]) actions.enlarge(PANES[key]);
    else if (others[key]) others[key]();
    else return;
    event.preventDefault();
  });
}

function isTheirs(element, key) {
  const found = THEIR_OWN.find(([kind]) => element.closest(kind));
  return found !== undefined && (found[1]?.includes(key) ?? true);
}
