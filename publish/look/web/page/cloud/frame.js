// The box about the points that the view and the axes are made for.

const SAMPLES = 4000;
const ENDS = [0.01, 0.99]; // of the points along each axis: a few far ones do not make all others small
const ROOM = 0.05;
const LEAST_SHARE = 20; // the longest side is at most so many times as long as any other: a plane has a box, too
const LEAST_POINTS = 10;

/** The box {low, high} about the points of a map; that of all that could be seen where there are too few. */
export function boxOf(map, layout, rays, isPoint) {
  const found = sampled(map, layout, rays, isPoint);
  const points = found.length >= LEAST_POINTS ? found : corners(map, layout, rays);
  const [low, high] = ENDS.map((share) => [0, 1, 2].map((axis) => quantile(points, axis, share)));
  const sizes = high.map((value, axis) => value - low[axis]);
  const least = Math.max(...sizes, Number.MIN_VALUE) / LEAST_SHARE;
  const rooms = sizes.map((size) => Math.max(ROOM * size, (least - size) / 2));
  return { low: low.map((value, axis) => value - rooms[axis]), high: high.map((value, axis) => value + rooms[axis]) };
}

function sampled(map, layout, rays, isPoint) {
  const step = Math.max(1, Math.floor(Math.sqrt((map.width * map.height) / SAMPLES)));
  const found = [];
  for (let y = step >> 1; y < map.height; y += step) {
    for (let x = step >> 1; x < map.width; x += step) {
      const i = y * map.width + x;
      if (isPoint(x, y))
        found.push(
          layout.point(
            rays[2 * i],
            rays[2 * i + 1],
            Math.min(map.depth[i], layout.isMetric ? layout.framed : Infinity),
          ),
        );
    }
  }
  return found;
}

function corners(map, layout, rays) {
  const values = layout.isMetric
    ? [1 / (layout.far + layout.span), layout.framed]
    : [layout.far, layout.far + layout.span];
  const pixels = [0, map.width - 1, map.width * (map.height - 1), map.width * map.height - 1];
  return values.flatMap((value) => pixels.map((i) => layout.point(rays[2 * i], rays[2 * i + 1], value)));
}

function quantile(points, axis, share) {
  const values = points.map((point) => point[axis]).sort((one, other) => one - other);
  return values[Math.round(share * (values.length - 1))];
}
