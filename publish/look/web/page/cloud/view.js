// The drawing of the cloud: a camera turned by mouse, touch and keys, and a new picture only when something changed.

import { OrbitControls, PerspectiveCamera, Scene, Spherical, Vector3, WebGLRenderer } from "../three/three.js";
import { Axes } from "./axes.js";
import { boxOf } from "./frame.js";
import { Layout } from "./layout.js";
import { Pace } from "./pace.js";
import { CloudPoints } from "./points.js";
import { count, pointsOf } from "./sure.js";

const GROUND = 0x090c10;
const FIELD_DEG = 40;
const FREE = 1.15; // about the box, for the words of its axes
const SIDES = { start: [0.5, 0.35, 1], front: [0, 0, 1], side: [1, 0, 0], top: [0, 1, 0.001] };
const TURN = Math.PI / 36;
const MOVE = 0.05; // of the distance
const ZOOM = 1.15;
const MOST_PIXELS_PER_PIXEL = 2;

export class CloudView {
  /** Draws into `canvas`, by its WebGL `context`; words of the axes are put into `labels`. `onLost` hears whether the
   *  graphics card is lost, `onDrawn` that every how many-th row and column has been drawn. */
  constructor({ canvas, context, labels, palettes, onLost, onDrawn }) {
    Object.assign(this, { canvas, onDrawn });
    this.renderer = new WebGLRenderer({ canvas, context });
    this.renderer.setClearColor(GROUND);
    this.camera = new PerspectiveCamera(FIELD_DEG);
    this.scene = new Scene();
    this.points = new CloudPoints(palettes);
    this.axes = new Axes(labels);
    this.scene.add(this.points.object, this.axes.object);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.addEventListener("change", () => this.#ask());
    this.pace = new Pace(context, () => this.#draw(1));
    this.kind = null;
    this.asked = 0;
    this.resized = new ResizeObserver(() => this.#fit());
    this.resized.observe(canvas.parentElement);
    this.listening = new AbortController();
    const { signal } = this.listening;
    canvas.addEventListener("keydown", (event) => this.#key(event), { signal });
    canvas.addEventListener("webglcontextlost", () => onLost(true), { signal });
    canvas.addEventListener("webglcontextrestored", () => this.#restore(onLost), { signal });
  }

  /** Show a map, and return how many points that are. `how`: {limit, marks, colouring, picture}. */
  show(map, how) {
    const kind = Layout.key(map.head);
    const isNew = kind !== this.kind;
    if (isNew) {
      this.kind = kind;
      this.layout = new Layout(map.head);
      this.points.arrange(this.layout);
    }
    this.map = map;
    this.isPoint = pointsOf(map, this.layout, how);
    this.points.show(map, how);
    if (isNew) this.look("start");
    this.#ask();
    return count(map, this.isPoint);
  }

  /** Frame the points that are there now, from a side: "start", "front", "side" or "top". */
  look(side) {
    if (!this.layout) return;
    const rays = this.points.object.geometry.getAttribute("ray").array;
    const box = boxOf(this.map, this.layout, rays, this.isPoint);
    this.axes.arrange(this.layout, box);
    const [low, high] = [new Vector3(...box.low), new Vector3(...box.high)];
    const half = high.clone().sub(low).multiplyScalar(0.5);
    const towards = new Vector3(...SIDES[side]).normalize();
    const distance = FREE * distanceFor(half, towards, this.camera);
    const radius = half.length();
    this.controls.target.addVectors(low, high).multiplyScalar(0.5);
    Object.assign(this.camera, { near: radius / 500, far: distance + 100 * radius });
    Object.assign(this.controls, { minDistance: radius / 50, maxDistance: 20 * distance });
    this.camera.updateProjectionMatrix();
    this.#stand(towards.multiplyScalar(distance));
  }

  /** The picture as it is now, with its words, on a canvas of its own. */
  picture() {
    this.#draw(1);
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [this.canvas.width, this.canvas.height];
    const context = picture.getContext("2d");
    context.drawImage(this.canvas, 0, 0);
    const scale = picture.width / this.canvas.clientWidth;
    Object.assign(context, {
      fillStyle: "#e6edf3",
      textAlign: "center",
      textBaseline: "middle",
      font: `${12 * scale}px system-ui, sans-serif`,
    });
    for (const { isShown, text, x, y } of this.axes.labels) if (isShown) context.fillText(text, x * scale, y * scale);
    return picture;
  }

  close() {
    cancelAnimationFrame(this.asked);
    this.pace.close();
    this.listening.abort();
    this.resized.disconnect();
    this.controls.dispose();
    this.points.dispose();
    this.axes.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  #restore(onLost) {
    onLost(false);
    this.renderer.setClearColor(GROUND); // all else three.js makes anew by itself
    this.#ask();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
    if (dx !== undefined) event.shiftKey ? this.#move(dx, dy) : this.#turn(dx, dy);
    else if (event.key === "+" || event.key === "=") this.#zoom(1 / ZOOM);
    else if (event.key === "-") this.#zoom(ZOOM);
    else if (event.key === "0" || event.key === "Home") this.look("start");
    else return;
    event.preventDefault();
    event.stopPropagation(); // the arrows move the read-out elsewhere
  }

  #turn(dx, dy) {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const around = new Spherical().setFromVector3(offset);
    around.theta += dx * TURN;
    around.phi += dy * TURN;
    this.#stand(offset.setFromSpherical(around.makeSafe()));
  }

  #move(dx, dy) {
    const step = MOVE * this.camera.position.distanceTo(this.controls.target);
    const [right, up] = [0, 1].map((column) => new Vector3().setFromMatrixColumn(this.camera.matrix, column));
    const shift = right.multiplyScalar(dx * step).addScaledVector(up, -dy * step);
    this.controls.target.add(shift);
    this.camera.position.add(shift);
    this.controls.update();
    this.#ask();
  }

  #zoom(factor) {
    this.#stand(this.camera.position.clone().sub(this.controls.target).multiplyScalar(factor));
  }

  #stand(offset) {
    this.camera.position.addVectors(this.controls.target, offset);
    this.controls.update();
    this.#ask();
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (width === 0 || height === 0) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, MOST_PIXELS_PER_PIXEL));
    this.renderer.setSize(width, height); // whole pixels: a canvas that is stretched is blurred
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.#draw(); // at once: a canvas of a new size is empty
  }

  #ask() {
    if (this.asked === 0) this.asked = requestAnimationFrame(() => this.#draw());
  }

  #draw(every = this.pace.every) {
    cancelAnimationFrame(this.asked);
    this.asked = 0;
    if (!this.layout) return;
    this.points.thin(every);
    this.points.halfHeight = this.canvas.height / 2;
    this.renderer.render(this.scene, this.camera);
    this.axes.place(this.camera, { width: this.canvas.clientWidth, height: this.canvas.clientHeight });
    const matrix = this.camera.projectionMatrix.clone().multiply(this.camera.matrixWorldInverse);
    // what scripts read
    Object.assign(this.canvas.dataset, { view: matrix.elements.join(" "), seq: this.map.head.seq, every });
    this.pace.drew(every);
    this.onDrawn(every);
  }
}

/** How far from its middle a camera sees a whole box: `half` its size, `towards` the camera. */
function distanceFor(half, towards, { fov, aspect }) {
  const steep = Math.tan((fov * Math.PI) / 360);
  const right = new Vector3(0, 1, 0).cross(towards).normalize();
  const up = towards.clone().cross(right);
  const corners = [-1, 1].flatMap((x) =>
    [-1, 1].flatMap((y) => [-1, 1].map((z) => new Vector3(x, y, z).multiply(half))),
  );
  return Math.max(
    ...corners.map((corner) => {
      const across = Math.abs(corner.dot(right)) / (steep * aspect);
      return corner.dot(towards) + Math.max(across, Math.abs(corner.dot(up)) / steep);
    }),
  );
}
