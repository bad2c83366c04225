// Depth at the centre, and how old it is.
//
//   npm install
//   node subscribe.mjs [ENDPOINT] [COUNT]
import { Subscriber } from "zeromq"

const endpoint = process.argv[2] ?? "tcp://127.0.0.1:5556"
let left = Number(process.argv[3] ?? Infinity)

const sub = new Subscriber({
  conflate: true, // keep only the newest map
  receiveTimeout: 10_000,
  heartbeatInterval: 1_000, // connect again when the publisher is silent for 3 s: no power, no network
  heartbeatTimeout: 3_000,
  connectTimeout: 3_000,
})
sub.connect(endpoint)
sub.subscribe("depth ")
try {
  for await (const [msg] of sub) {
    const cut = msg.indexOf("\n")
    const meta = JSON.parse(msg.toString("utf8", 6, cut))
    if (meta.encoding !== "32FC1") throw new Error("this example reads 32FC1 only")
    const [h, w] = meta.shape
    // A small message may lie anywhere in a shared buffer; a view of floats needs a multiple of four.
    const start = msg.byteOffset + cut + 1
    const pixels = start % 4 ? msg.buffer.slice(start, start + 4 * h * w) : msg.buffer
    const depth = new Float32Array(pixels, start % 4 ? 0 : start, h * w)
    const centre = depth[(h >> 1) * w + (w >> 1)]
    // Date.now() is cut off to whole milliseconds, so a fresh map would seem to come from the future.
    const age = performance.timeOrigin + performance.now() - meta.stamp_ns / 1e6
    console.log(`sweep ${meta.sweep}: ${centre.toFixed(3)} ${meta.unit}, ${age.toFixed(0)} ms old`)
    if (--left <= 0) break
  }
} catch (error) {
  const hint = `nothing from ${endpoint}: is the publisher running? With CURVE it refuses silently.`
  console.error(error.code === "EAGAIN" ? hint : error.message)
  process.exitCode = 1
}
sub.close()
