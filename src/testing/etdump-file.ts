import { Builder } from 'flatbuffers'

/** A delegate names its events by an identifier, a text or a number, in a field of its own. */
export type EtdumpEvent = readonly [name: string, start: number, end: number] | readonly [delegate: string | number, start: number, end: number, by: 'delegate']

/** An ETDump as the runtime writes it: blocks of events, optionally with its size in front. */
export function etdumpBytes(blocks: readonly { readonly name: string; readonly events: readonly EtdumpEvent[] }[], isSized = true): Uint8Array {
  const b = new Builder(1024)
  const runs = blocks.map(({ name, events }) => {
    const made = events.map(([event, start, end, by]) => {
      const text = typeof event === 'string' ? b.createString(event) : 0
      b.startObject(8)
      if (typeof event === 'number') b.addFieldInt32(3, event, -1)
      else b.addFieldOffset(by === 'delegate' ? 4 : 0, text, 0)
      b.addFieldInt64(6, BigInt(start), 0n)
      b.addFieldInt64(7, BigInt(end), 0n)
      const profile = b.endObject()
      b.startObject(3)
      b.addFieldOffset(0, profile, 0)
      return b.endObject()
    })
    const list = vectorOf(b, made)
    const text = b.createString(name)
    b.startObject(4)
    b.addFieldOffset(0, text, 0)
    b.addFieldOffset(3, list, 0)
    return b.endObject()
  })
  const list = vectorOf(b, runs)
  b.startObject(2)
  b.addFieldInt32(0, 1, 0)
  b.addFieldOffset(1, list, 0)
  b.finish(b.endObject(), 'ED00', isSized)
  return b.asUint8Array().slice()
}

function vectorOf(b: Builder, offsets: readonly number[]): number {
  b.startVector(4, offsets.length, 4)
  for (const offset of [...offsets].reverse()) b.addOffset(offset)
  return b.endVector()
}
