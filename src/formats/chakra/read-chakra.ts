import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { eachMessage } from '../delimited.js'
import type { ImportTools } from '../format.js'
import { TraceLines } from '../trace-lines.js'
import { ChakraGraph } from './graph.js'
import { MetadataMessage, NodeMessage } from './messages.js'
import type { NodeTensors } from './node-cost.js'

/** Attributes under which our own export carries a trace: the header in the metadata, an op in each node. */
export const HEADER_ATTR = 'worldswitch-chakra/1'
export const OP_ATTR = 'worldswitch-op'

interface Attribute {
  readonly name: string
  readonly boolVal?: boolean
  readonly stringVal?: string
}

/** Reads message by message. Throws `BadInput` with the byte offset. */
export async function readChakra(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const graph = new ChakraGraph(source, 'chakra')
  let own: TraceLines | undefined
  let ops = 0
  const messages = await eachMessage(source, tools, (bytes, number, byteOffset) => {
    if (number === 0) {
      const { attr } = decode(MetadataMessage, bytes, source, byteOffset) as unknown as { attr: Attribute[] }
      const header = attr.find(({ name }) => name === HEADER_ATTR)?.stringVal
      if (header === undefined) return
      own = new TraceLines(source.name, into)
      return own.line(header, 1)
    }
    const node = decode(NodeMessage, bytes, source, byteOffset) as unknown as {
      id: unknown
      name: string
      type: number
      ctrlDeps: unknown[]
      dataDeps: unknown[]
      startTimeMicros: unknown
      durationMicros: unknown
      inputs: NodeTensors | null
      outputs: NodeTensors | null
      attr: Attribute[]
    }
    if (own !== undefined) {
      const line = node.attr.find(({ name }) => name === OP_ATTR)?.stringVal
      if (line === undefined) throw new BadInput({ file: source.name, byteOffset, field: OP_ATTR }, 'the op of a trace that worldswitch exported')
      ops++
      return own.line(line, ops + 1)
    }
    const whole = (value: unknown, field: string): number => wholeOf(value, field, source, byteOffset)
    graph.add(
      {
        id: whole(node.id, 'id'),
        name: node.name,
        type: node.type,
        deps: [...node.ctrlDeps, ...node.dataDeps].map((id) => whole(id, 'deps')),
        startUs: whole(node.startTimeMicros, 'start_time_micros'),
        durationUs: whole(node.durationMicros, 'duration_micros'),
        ...(node.inputs === null ? {} : { inputs: node.inputs }),
        ...(node.outputs === null ? {} : { outputs: node.outputs }),
        isCpu: node.attr.find(({ name }) => name === 'is_cpu_op')?.boolVal ?? !/nccl|kernel|memcpy|memset/i.test(node.name),
      },
      byteOffset,
    )
  })
  if (own !== undefined) return own.finish(ops + 1, true, tools)
  if (messages < 2) throw new BadInput({ file: source.name, byteOffset: 0 }, 'metadata and nodes', `${messages} messages`)
  return graph.write(into, tools)
}

function decode(type: typeof NodeMessage, bytes: Uint8Array, source: Source, byteOffset: number): object {
  try {
    return type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true })
  } catch (error) {
    // The library throws plain errors for whatever is no message.
    throw new BadInput({ file: source.name, byteOffset }, `a message ${type.name}`, undefined, (error as Error).message)
  }
}

function wholeOf(value: unknown, field: string, source: Source, byteOffset: number): number {
  const number = Number(value)
  if (Number.isSafeInteger(number) && number >= 0 && number * 1000 <= Number.MAX_SAFE_INTEGER) return number
  throw new BadInput({ file: source.name, byteOffset, field }, 'a whole number below 2^53 ns', number)
}
