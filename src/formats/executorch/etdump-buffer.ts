import { ByteBuffer } from 'flatbuffers'
import { BadInput } from '../../base/errors.js'

/** A profile event in ticks of the runtime's clock. */
export interface ProfileEvent {
  readonly name: string
  readonly start: number
  readonly end: number
}

export interface RunBlock {
  readonly name: string
  readonly events: readonly ProfileEvent[]
}

const MAX_EVENTS = 4_000_000
/** Fields by number: ETDump { version, run_data }, RunData { name, bundled_input_index, allocators, events },
 *  Event { profile_event, … }, ProfileEvent { name, chain_index, instruction_id, delegate ids ×2, metadata, start, end }. */
const slot = (field: number): number => 4 + 2 * field

/** Reads the run blocks of an ETDump. The library follows offsets wherever they lead, so each is held against the
 *  buffer first. Throws `BadInput` with the offset that leads out of it. */
export function readRunBlocks(bytes: Uint8Array, file: string): RunBlock[] {
  const isSized = bytes[8] === 0x45 && bytes[9] === 0x44
  const from = isSized ? 4 : 0
  const size = bytes.length - from
  const buffer = new ByteBuffer(bytes.subarray(from))
  const need = (at: number, length: number): number => {
    if (Number.isInteger(at) && at >= 0 && at + length <= size) return at
    throw new BadInput({ file, byteOffset: Math.min(Math.max(0, at + from), bytes.length) }, 'an offset inside the file', at + from, 'is the file whole?')
  }
  const indirect = (at: number): number => need(need(at, 4) + buffer.readInt32(at), 4)
  /** Position of a table's field; 0: the field is not there. */
  const field = (table: number, index: number): number => {
    const vtable = need(need(table, 4) - buffer.readInt32(table), 4)
    need(vtable, buffer.readUint16(vtable))
    const offset = buffer.__offset(table, slot(index))
    return offset === 0 ? 0 : need(table + offset, 4)
  }
  const text = (at: number): string => {
    if (at === 0) return ''
    const start = indirect(at)
    const length = buffer.readInt32(start)
    need(start + 4, Math.max(0, length))
    return new TextDecoder().decode(bytes.subarray(from + start + 4, from + start + 4 + Math.max(0, length)))
  }
  const list = (at: number): { length: number; item(i: number): number } => {
    if (at === 0) return { length: 0, item: () => 0 }
    const start = indirect(at)
    const length = buffer.readInt32(start)
    need(start + 4, Math.max(0, length) * 4)
    return { length: Math.max(0, length), item: (i) => indirect(start + 4 + i * 4) }
  }
  const ticks = (at: number): number => (at === 0 ? 0 : Number(buffer.readUint64(need(at, 8))))

  need(0, 8)
  const root = indirect(0)
  let count = 0
  const runs = list(field(root, 1))
  return Array.from({ length: Math.min(runs.length, MAX_EVENTS) }, (_, r): RunBlock => {
    const run = runs.item(r)
    const listed = list(field(run, 3))
    const events: ProfileEvent[] = []
    for (let i = 0; i < listed.length; i++) {
      if (++count > MAX_EVENTS) throw new BadInput({ file, byteOffset: 0 }, `at most ${MAX_EVENTS} events`, 'more of them')
      const profile = field(listed.item(i), 0)
      if (profile === 0) continue // an allocation or a debug event
      const event = indirect(profile)
      events.push({ name: text(field(event, 0)), start: ticks(field(event, 6)), end: ticks(field(event, 7)) })
    }
    return { name: text(field(run, 0)), events }
  })
}
