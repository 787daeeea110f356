import { uniformStream } from '../base/random.js'
import { elements, type Weight } from './graph.js'
import { elementBytes } from './onnx-schema.js'

/** Bytes handed on at a time: a weight is never whole in memory. A multiple of every element's size. */
const PIECE_BYTES = 4 << 20

export const weightBytes = (weight: Weight): number => elements(weight.shape) * elementBytes[weight.type]

/** The bytes of a weight in pieces (each reused for the next), decided by seed and name alone. */
export function* pieces(weight: Weight, seed: number): Generator<Uint8Array> {
  const total = weightBytes(weight)
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, Math.ceil(total / 8) * 8))
  const words = new Uint32Array(buffer.buffer)
  const next = wordStream(uniformStream(seed, weight.name))
  for (let done = 0; done < total; done += buffer.length) {
    const length = Math.min(buffer.length, total - done)
    if (weight.fill.kind === 'packed-int4') for (let i = 0; i < words.length; i++) words[i] = next()
    else fillNumbers(weight, new DataView(buffer.buffer), done, length, next)
    yield buffer.subarray(0, length)
  }
}

function fillNumbers(weight: Weight, view: DataView, fromByte: number, length: number, next: () => number): void {
  const { fill } = weight
  const size = elementBytes[weight.type]
  for (let at = 0; at < length; at += size) {
    const index = (fromByte + at) / size
    if (fill.kind === 'uniform') view.setFloat32(at, fill.mean + fill.spread * (next() / 0x8000_0000 - 1), true)
    else if (fill.kind === 'rotary') view.setFloat32(at, rotary(fill, weight.shape[1]!, index), true)
    else if (fill.kind === 'constant') view.setBigInt64(at, BigInt(fill.value), true)
  }
}

function rotary(fill: { readonly of: 'cos' | 'sin'; readonly base: number }, half: number, index: number): number {
  const angle = Math.floor(index / half) * fill.base ** (-(index % half) / half)
  return fill.of === 'cos' ? Math.cos(angle) : Math.sin(angle)
}

/** Marsaglia's xorshift128, started from four draws of the project's seeded stream: a gigabyte of weights in
 *  seconds, which the stream itself (64 bits a draw, as a double) would take minutes for. */
function wordStream(uniform: () => number): () => number {
  let [x, y, z, w] = Array.from({ length: 4 }, () => (uniform() * 0x1_0000_0000) | 1) as [number, number, number, number]
  return () => {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ (t ^ (t >>> 8))
    return w >>> 0
  }
}
