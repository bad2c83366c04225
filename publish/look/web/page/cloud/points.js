// The map on the graphics card: its values go there as they came, and no loop over points runs here.

import {
  BufferAttribute,
  BufferGeometry,
  DataTexture,
  GLSL3,
  NearestFilter,
  NoBlending,
  Points,
  RawShaderMaterial,
  RedIntegerFormat,
  RGBAFormat,
  Texture,
  UnsignedByteType,
  UnsignedIntType,
} from "../three/three.js";
import { SIGMA_SHARE } from "../map.js";
import { POINT_FRAGMENT, POINT_VERTEX } from "./shaders.js";
import { withRoom } from "./sure.js";

export const COLOURINGS = { depth: 0, picture: 1, sigma: 2 };

export class CloudPoints {
  /** `palettes` are those of the maps. */
  constructor(palettes) {
    const rows = [palettes.depth, palettes.sigma];
    const colours = Uint8Array.from(rows.flatMap((row) => row.flatMap((rgb) => [...rgb, 255])));
    this.textures = { palettes: ready(new DataTexture(colours, 256, rows.length, RGBAFormat, UnsignedByteType)) };
    const names = [
      "depths",
      "sigmas",
      "marks",
      "picture",
      "palettes",
      "width",
      "metric",
      "cut",
      "far",
      "span",
      "limit",
      "sigmaEnd",
      "relief",
      "pixel",
      "halfHeight",
      "colouring",
    ];
    this.uniforms = Object.fromEntries(names.map((name) => [name, { value: null }]));
    this.uniforms.palettes.value = this.textures.palettes;
    this.uniforms.sigmaEnd.value = SIGMA_SHARE;
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: POINT_VERTEX,
      fragmentShader: POINT_FRAGMENT,
      uniforms: this.uniforms,
      blending: NoBlending,
    });
    this.object = new Points(new BufferGeometry(), this.material);
    this.object.frustumCulled = false; // where the points are is known on the card alone
  }

  /** Lay out maps of this kind from now on. */
  arrange(layout) {
    this.object.geometry.dispose();
    this.object.geometry = new BufferGeometry();
    const rays = layout.rays();
    this.object.geometry.setAttribute("ray", new BufferAttribute(rays, 2));
    this.finest = layout.pixel;
    this.indices = new Map();
    const [height, width] = layout.head.shape;
    for (const name of ["depths", "sigmas", "marks", "picture"]) this.textures[name]?.dispose();
    const none = new Uint32Array(width * height);
    const perRow = (width + 7) >> 3;
    Object.assign(this.textures, {
      depths: new DataTexture(none, width, height, RedIntegerFormat, UnsignedIntType),
      sigmas: new DataTexture(none, width, height, RedIntegerFormat, UnsignedIntType),
      marks: new DataTexture(new Uint8Array(perRow * height), perRow, height, RedIntegerFormat, UnsignedByteType),
      picture: new DataTexture(new Uint8Array(4), 1, 1, RGBAFormat, UnsignedByteType),
    });
    this.textures.depths.internalFormat = this.textures.sigmas.internalFormat = "R32UI";
    this.textures.marks.internalFormat = "R8UI";
    for (const name of ["depths", "sigmas", "marks", "picture"]) this.uniforms[name].value = ready(this.textures[name]);
    const { isMetric: metric, far, span, relief } = layout;
    for (const [name, value] of Object.entries({ width, metric, far, span, relief })) this.uniforms[name].value = value;
  }

  /** Show a map; `picture` is the canvas with its all-in-focus image. */
  show(map, { limit, marks, colouring, picture }) {
    replace(this.textures.depths, new Uint32Array(map.depth.buffer, map.depth.byteOffset, map.depth.length));
    replace(this.textures.sigmas, new Uint32Array(map.sigma.buffer, map.sigma.byteOffset, map.sigma.length));
    if (marks) replace(this.textures.marks, marks);
    if (colouring === "picture") this.#take(picture);
    this.uniforms.cut.value = marks !== null;
    this.uniforms.limit.value = limit === null ? -1 : withRoom(limit);
    this.uniforms.colouring.value = COLOURINGS[colouring];
  }

  /** Draw every `every`-th row and column from now on, larger. */
  thin(every) {
    const { image } = this.textures.depths;
    if (!this.indices.has(every)) this.indices.set(every, new BufferAttribute(grid(image, every), 1));
    this.object.geometry.setIndex(this.indices.get(every));
    this.uniforms.pixel.value = this.finest * every;
  }

  set halfHeight(pixels) {
    this.uniforms.halfHeight.value = pixels;
  }

  dispose() {
    this.object.geometry.dispose();
    this.material.dispose();
    for (const texture of Object.values(this.textures)) texture.dispose();
  }

  #take(canvas) {
    if (this.textures.picture.image !== canvas) {
      this.textures.picture.dispose();
      this.textures.picture = this.uniforms.picture.value = new Texture(canvas);
      Object.assign(this.textures.picture, {
        flipY: false,
        generateMipmaps: false,
        minFilter: NearestFilter,
        magFilter: NearestFilter,
      });
    }
    this.textures.picture.needsUpdate = true;
  }
}

/** The numbers of the pixels of a coarser grid. */
function grid({ width, height }, every) {
  const [columns, rows] = [Math.ceil(width / every), Math.ceil(height / every)];
  const out = new Uint32Array(columns * rows);
  for (let i = 0; i < out.length; i++) out[i] = Math.floor(i / columns) * every * width + (i % columns) * every;
  return out;
}

function ready(texture) {
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}

function replace(texture, values) {
  if (texture.image.data === values) return;
  texture.image.data = values;
  texture.needsUpdate = true;
}
