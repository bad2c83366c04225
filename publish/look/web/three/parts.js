// The part of three.js that the page uses; `make three` makes ../page/three/three.js of it.

export {
  BufferAttribute, BufferGeometry, DataTexture, GLSL3, LineSegments, NearestFilter, NoBlending, PerspectiveCamera, Points,
  RawShaderMaterial, RedIntegerFormat, RGBAFormat, Scene, Spherical, Texture, UnsignedByteType, UnsignedIntType, Vector3,
  WebGLRenderer,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
