import type { ContentHash } from '../base/hash.js'
import { allocateColumns, tableOf } from './columns.js'
import { CHUNK_OPS, TraceWriter, opFields, type HeaderFacts, type OpChunk } from './writer.js'
import { opColumns, type Edges, type OpTable, type Trace } from './trace.js'

/** A writer whose chunks are kept in memory; `finish` gives the whole trace. `hash`: see `TraceWriter`. */
export function collectTrace(hash?: ContentHash): { writer: TraceWriter; finish(facts: HeaderFacts): Trace } {
  const kept: { ops: OpTable; afterCount: Uint32Array; afterBack: Uint32Array }[] = []
  const writer = new TraceWriter((chunk: OpChunk) => {
    const copy: Record<string, unknown> = { length: chunk.ops.length }
    for (const field of opFields) copy[field] = chunk.ops[field].slice()
    kept.push({ ops: copy as unknown as OpTable, afterCount: chunk.afterCount.slice(), afterBack: chunk.afterBack.slice() })
  }, hash)
  return {
    writer,
    finish(facts) {
      const written = writer.finish(facts)
      const joined = joinChunks(written.opCount, kept)
      return { header: written.header, strings: written.strings, hash: written.hash, ...joined }
    },
  }
}

/** Consecutive chunks, each but the last `CHUNK_OPS` long, as whole columns and absolute dependencies. */
export function joinChunks(
  opCount: number,
  chunks: readonly { ops: OpTable; afterCount: Uint32Array; afterBack: Uint32Array }[],
): { ops: OpTable; after: Edges } {
  const whole = allocateColumns(opColumns, opCount)
  const first = new Uint32Array(opCount + 1)
  const to = new Uint32Array(chunks.reduce((sum, chunk) => sum + chunk.afterBack.length, 0))
  let edge = 0
  for (const [number, chunk] of chunks.entries()) {
    const base = number * CHUNK_OPS
    for (const field of opFields) (whole[field] as Float64Array).set(chunk.ops[field] as Float64Array, base)
    let back = 0
    for (let i = 0; i < chunk.ops.length; i++) {
      for (let c = chunk.afterCount[i]!; c > 0; c--) to[edge++] = base + i - chunk.afterBack[back++]!
      first[base + i + 1] = edge
    }
  }
  return { ops: tableOf(whole, opCount), after: { first, to } }
}
