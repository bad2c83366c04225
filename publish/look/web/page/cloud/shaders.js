// The shaders of the cloud: a vertex is a pixel of the map, which finds its own depth, place and colour.

/** Values come as bits: no driver then decides by itself what a NaN is. */
export const POINT_VERTEX = `
precision highp float;
precision highp int;
precision highp usampler2D;
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
uniform usampler2D depths;
uniform usampler2D sigmas;
uniform usampler2D marks;
uniform sampler2D palettes; // row 0 depth, row 1 σ
uniform sampler2D picture;
uniform int width;
uniform bool metric;
uniform bool cut;
uniform float far;
uniform float span;
uniform float limit; // of σ as a share of the sweep, below 0 for none
uniform float sigmaEnd; // of σ's colours
uniform float relief;
uniform float pixel;
uniform float halfHeight; // of the canvas, in its pixels
uniform int colouring; // 0 depth, 1 picture, 2 σ
in vec2 ray;
out vec3 colour;

bool isNumber(uint bits) {
  return (bits & 0x7f800000u) != 0x7f800000u;
}

vec3 ofPalette(float at, int row) {
  return texelFetch(palettes, ivec2(int(clamp(at, 0.0, 1.0) * 255.0 + 0.5), row), 0).rgb;
}

void main() {
  ivec2 at = ivec2(gl_VertexID % width, gl_VertexID / width);
  uint bits = texelFetch(depths, at, 0).r;
  uint sigmaBits = texelFetch(sigmas, at, 0).r;
  float value = uintBitsToFloat(bits);
  float sigma = uintBitsToFloat(sigmaBits);
  float place = ((metric ? 1.0 / value : value) - far) / span;
  float share = metric ? sigma / value / value / span : sigma / span;
  bool flies = cut && ((texelFetch(marks, ivec2(at.x >> 3, at.y), 0).r >> (7 - (at.x & 7))) & 1u) == 1u;
  bool sure = limit < 0.0 || (isNumber(sigmaBits) && share <= limit);
  gl_PointSize = 1.0;
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0); // outside of what is drawn
  colour = vec3(0.0);
  if (!isNumber(bits) || flies || !sure) return;
  vec3 point = metric ? vec3(ray.x, -ray.y, -1.0) * value : vec3(ray.x, -ray.y, (place - 0.5) * relief);
  gl_Position = projectionMatrix * modelViewMatrix * vec4(point, 1.0);
  float wide = pixel * (metric ? value : 1.0) * projectionMatrix[1][1] * halfHeight / gl_Position.w;
  gl_PointSize = clamp(1.25 * wide, 1.0, 16.0); // neighbours touch
  colour = colouring == 1 ? texelFetch(picture, at, 0).rgb
    : colouring == 2 ? ofPalette(share / sigmaEnd, 1) : ofPalette(place, 0);
}`;

export const POINT_FRAGMENT = `
precision mediump float;
in vec3 colour;
out vec4 shown;

void main() {
  shown = vec4(colour, 1.0);
}`;

export const LINE_VERTEX = `
precision highp float;
uniform mat4 modelViewMatrix;
uniform mat4 projectionMatrix;
in vec3 position;

void main() {
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

export const LINE_FRAGMENT = `
precision mediump float;
out vec4 shown;

void main() {
  shown = vec4(0.31, 0.35, 0.41, 1.0);
}`;
