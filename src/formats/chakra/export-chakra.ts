import protobuf from 'protobufjs/light.js'
import type { Trace } from '../../trace/trace.js'
import { kindIndex, processorIndex } from '../../trace/words.js'
import { traceLines } from '../worldswitch-export.js'
import { MetadataMessage, NodeMessage } from './messages.js'
import { HEADER_ATTR, OP_ATTR } from './read-chakra.js'

const COMPUTE = 4
const MEMORY_LOAD = 2
const COLLECTIVE = 7

/** The trace as Chakra's messages, a chunk a message: nodes with names, types, dependencies and whole microseconds, as
 *  its tools read them; ops as they are stand in an attribute, so that importing it gives the same ops. */
export function* exportChakra(trace: Trace): Generator<Uint8Array> {
  const { ops, strings, after, header } = trace
  let i = -1
  const before = new Map<number, number>() // by lane
  for (const { isHeader, value } of traceLines(trace)) {
    if (isHeader) {
      yield delimited(MetadataMessage, { version: '', attr: [{ name: HEADER_ATTR, stringVal: JSON.stringify(value) }] })
      continue
    }
    i++
    const lane = ops.lane[i]!
    const deps = [...after.to.subarray(after.first[i]!, after.first[i + 1]!)]
    const last = before.get(lane)
    if (header.dependencies === 'program-order' && last !== undefined) deps.push(last)
    before.set(lane, i)
    yield delimited(NodeMessage, {
      id: i + 1,
      // Half a surrogate pair is no UTF-8; the attribute has it escaped.
      name: strings[ops.name[i]!]!.replace(/\p{Surrogate}/gu, '\ufffd'),
      type: ops.kind[i] === kindIndex.communication ? COLLECTIVE : ops.kind[i] === kindIndex.copy ? MEMORY_LOAD : COMPUTE,
      dataDeps: deps.map((on) => on + 1),
      startTimeMicros: Math.floor(ops.startNs[i]! / 1000),
      durationMicros: Math.round(ops.durationNs[i]! / 1000),
      attr: [
        { name: 'is_cpu_op', boolVal: ops.processor[i] === processorIndex.cpu },
        { name: OP_ATTR, stringVal: JSON.stringify(value) },
      ],
    })
  }
}

function delimited(type: typeof NodeMessage, value: object): Uint8Array {
  return type.encodeDelimited(type.create(value) as protobuf.Message, protobuf.Writer.create()).finish()
}
