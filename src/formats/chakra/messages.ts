import protobuf from 'protobufjs/light.js'
import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'

/** As much of Chakra's schema as is read and written (et_def.proto; field numbers are its). */
const root = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      oneofs: { value: { oneof: ['doubleVal', 'int32Val', 'int64Val', 'uint32Val', 'uint64Val', 'boolVal', 'stringVal'] } },
      fields: {
        name: { type: 'string', id: 1 },
        doubleVal: { type: 'double', id: 3 },
        int32Val: { type: 'int32', id: 7 },
        int64Val: { type: 'int64', id: 9 },
        uint32Val: { type: 'uint32', id: 11 },
        uint64Val: { type: 'uint64', id: 13 },
        boolVal: { type: 'bool', id: 27 },
        stringVal: { type: 'string', id: 29 },
      },
    },
    GlobalMetadata: { fields: { version: { type: 'string', id: 1 }, attr: { rule: 'repeated', type: 'Attribute', id: 2 } } },
    Node: {
      fields: {
        id: { type: 'uint64', id: 1 },
        name: { type: 'string', id: 2 },
        type: { type: 'int32', id: 3 },
        ctrlDeps: { rule: 'repeated', type: 'uint64', id: 4 },
        dataDeps: { rule: 'repeated', type: 'uint64', id: 5 },
        startTimeMicros: { type: 'uint64', id: 6 },
        durationMicros: { type: 'uint64', id: 7 },
        attr: { rule: 'repeated', type: 'Attribute', id: 10 },
      },
    },
  },
})
export const NodeMessage = root.lookupType('Node')
export const MetadataMessage = root.lookupType('GlobalMetadata')

const MAX_MESSAGE_BYTES = 16 << 20

/** Calls `onMessage` with each length-delimited message, its number and where it begins. Holds one message at a time.
 *  Throws `BadInput`: a length beyond 16 MiB, a file that ends in the middle. */
export async function eachMessage(source: Source, tools: ImportTools, onMessage: (bytes: Uint8Array, number: number, byteOffset: number) => void): Promise<number> {
  let held = new Uint8Array(0)
  let origin = 0
  let number = 0
  let read = 0
  const fail = (at: number, expected: string, found?: unknown): BadInput => new BadInput({ file: source.name, byteOffset: origin + at }, expected, found)
  for await (const chunk of source.chunks()) {
    const joined = new Uint8Array(held.length + chunk.length)
    joined.set(held)
    joined.set(chunk, held.length)
    let at = 0
    for (;;) {
      const head = varintAt(joined, at)
      if (head === undefined) {
        if (joined.length - at >= 10) throw fail(at, 'the length of a message', 'ten bytes that are none')
        break
      }
      if (head.value > MAX_MESSAGE_BYTES) throw fail(at, `a message of at most ${MAX_MESSAGE_BYTES >> 20} MiB`, head.value)
      if (head.next + head.value > joined.length) break
      onMessage(joined.subarray(head.next, head.next + head.value), number++, origin + at)
      at = head.next + head.value
    }
    held = joined.slice(at)
    origin += at
    read += chunk.length
    tools.onProgress?.(read)
  }
  if (held.length > 0) throw fail(0, 'a whole message', `${held.length} bytes at the end of the file`)
  return number
}

function varintAt(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  let value = 0
  for (let i = 0; i < 9; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
  return undefined
}
