import { ByteBuffer } from 'flatbuffers'
import { BadInput } from '../../base/errors.js'

/** A profile event in ticks of the runtime's clock, or of a delegate's. */
export interface ProfileEvent {
  readonly name: string
  readonly start: number
  readonly end: number
  /** Logged by a delegate, named by its own identifier. */
  readonly isDelegated: boolean
}

export interface RunBlock {
  readonly name: string
  readonly events: readonly ProfileEvent[]
}

const MAX_BLOCK_EVENTS = 1_000_000
const MAX_EVENTS = 4_000_000
const MAX_NAMES = 250_000
const MAX_NAME_BYTES = 300
const TURN = 1 << 16
/** Fields by number: ETDump { version, run_data }, RunData { name, bundled_input_index, allocators, events },
 *  Event { profile_event, … }, ProfileEvent { name, chain_index, instruction_id, delegate id (number; text), metadata,
 *  start, end }. */
const slot = (field: number): number => 4 + 2 * field

/** Reads the run blocks of an ETDump, one at a time. The library follows offsets wherever they lead, so each is held
 *  against the buffer first. Throws `BadInput` with the offset that leads out of it. */
export async function* readRunBlocks(bytes: Uint8Array, file: string): AsyncGenerator<RunBlock> {
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
  /** Events share their names: each is decoded once. */
  const names = new Map<number, string>()
  const text = (at: number): string => {
    if (at === 0) return ''
    const start = indirect(at)
    let found = names.get(start)
    if (found !== undefined) return found
    if (names.size === MAX_NAMES) throw new BadInput({ file, byteOffset: start + from }, `at most ${MAX_NAMES} names`, 'more of them')
    const length = Math.max(0, buffer.readInt32(start))
    need(start + 4, length)
    found = new TextDecoder().decode(bytes.subarray(from + start + 4, from + start + 4 + Math.min(length, MAX_NAME_BYTES)))
    names.set(start, found)
    return found
  }
  const list = (at: number): { length: number; item(i: number): number } => {
    if (at === 0) return { length: 0, item: () => 0 }
    const start = indirect(at)
    const length = buffer.readInt32(start)
    need(start + 4, Math.max(0, length) * 4)
    return { length: Math.max(0, length), item: (i) => indirect(start + 4 + i * 4) }
  }
  const ticks = (at: number): number => (at === 0 ? 0 : Number(buffer.readUint64(need(at, 8))))
  const eventAt = (event: number): ProfileEvent => {
    const [number, identifier] = [field(event, 3), field(event, 4)]
    const id = number === 0 ? -1 : buffer.readInt32(number)
    const isDelegated = id !== -1 || identifier !== 0
    const name = text(field(event, 0)) || text(identifier) || (id === -1 ? 'event' : `delegate op ${id}`)
    return { name, start: ticks(field(event, 6)), end: ticks(field(event, 7)), isDelegated }
  }

  need(0, 8)
  const runs = list(field(indirect(0), 1))
  let count = 0
  for (let r = 0; r < runs.length; r++) {
    const run = runs.item(r)
    const listed = list(field(run, 3))
    const events: ProfileEvent[] = []
    for (let i = 0; i < listed.length; i++) {
      if (++count % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      if (i === MAX_BLOCK_EVENTS || count > MAX_EVENTS)
        throw new BadInput({ file, byteOffset: 0 }, `at most ${MAX_BLOCK_EVENTS} events a run, ${MAX_EVENTS} in all`, 'more of them')
      const profile = field(listed.item(i), 0)
      if (profile !== 0) events.push(eventAt(indirect(profile))) // else an allocation or a debug event
    }
    if (r % TURN === TURN - 1) await new Promise((resolve) => setTimeout(resolve))
    yield { name: text(field(run, 0)), events }
  }
}
