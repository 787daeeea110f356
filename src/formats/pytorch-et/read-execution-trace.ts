import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { ImportTools } from '../format.js'
import { wholeText } from '../whole-text.js'
import type { ExecutionTrace, KnownShapes } from './execution-trace.js'

const MAX_BYTES = 256 << 20
const SLACK = 8

type Json = Readonly<Record<string, unknown>>

/** Reads an execution trace of any schema (flat fields up to 1.0.1; `inputs` and `attrs` from 1.0.2-chakra on). Throws `BadInput`. */
export async function readExecutionTrace(source: Source, tools: ImportTools): Promise<ExecutionTrace> {
  const place = { file: source.name, byteOffset: 0 }
  let document: Json
  try {
    document = JSON.parse(await wholeText(source, tools, MAX_BYTES)) as Json
  } catch (error) {
    if (error instanceof BadInput) throw error
    throw new BadInput(place, 'JSON of a PyTorch execution trace', (error as Error).message, 'is the file whole?')
  }
  const nodes = document['nodes']
  if (!Array.isArray(nodes)) throw new BadInput({ ...place, field: 'nodes' }, 'a list of nodes', nodes)
  const texts: string[] = []
  const spans = new Map<number, KnownShapes>()
  const names = new Map<string, number>()
  let length = 0
  let [least, most] = [Infinity, -Infinity]
  const put = (text: string): readonly [number, number] => {
    const from = length
    texts.push(text)
    length += text.length
    return [from, length]
  }
  for (const node of nodes as unknown[]) {
    if (typeof node !== 'object' || node === null) throw new BadInput({ ...place, field: 'nodes' }, 'nodes that are objects', node)
    const { name, id } = node as Json
    if (typeof name === 'string' && (names.has(name) || names.size < 100_000)) names.set(name, (names.get(name) ?? 0) + 1)
    if (typeof id === 'number') [least, most] = [Math.min(least, id), Math.max(most, id)]
    const recordFunction = recordOf(node as Json)
    const shapes = listOf(node as Json, 'input_shapes', 'shapes')
    const types = listOf(node as Json, 'input_types', 'types')
    if (recordFunction === undefined || shapes === undefined || types === undefined) continue
    const dims = asciiJson(shapes)
    const words = asciiJson(types.map((type) => (typeof type === 'string' ? (/^Tensor\((.{1,60})\)$/.exec(type)?.[1] ?? 'Scalar') : '')))
    if (dims.length + words.length > 1 << 20) continue
    const [dimsFrom, dimsTo] = put(dims)
    const [typesFrom, typesTo] = put(words)
    spans.set(recordFunction, { dimsFrom, dimsTo, typesFrom, typesTo })
  }
  const buf = new Uint8Array(length + SLACK)
  new TextEncoder().encodeInto(texts.join(''), buf)
  const schema = typeof document['schema'] === 'string' ? document['schema'] : ''
  return { schema, nodes: nodes.length, names, ids: [least, most], buf, view: new DataView(buf.buffer), shapesOf: (id) => spans.get(id) }
}

/** JSON of ASCII characters alone, so that characters and bytes are counted alike. */
const asciiJson = (value: unknown): string => JSON.stringify(value).replace(/[^\x20-\x7e]/g, '?')

function recordOf(node: Json): number | undefined {
  if (typeof node['rf_id'] === 'number') return node['rf_id']
  const attrs = node['attrs']
  if (!Array.isArray(attrs)) return undefined
  const found = (attrs as unknown[]).find((attr): attr is Json => typeof attr === 'object' && attr !== null && (attr as Json)['name'] === 'rf_id')
  return typeof found?.['value'] === 'number' ? found['value'] : undefined
}

function listOf(node: Json, flat: string, nested: string): readonly unknown[] | undefined {
  const inputs = node['inputs']
  const list = Array.isArray(node[flat]) ? node[flat] : typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs) ? (inputs as Json)[nested] : undefined
  return Array.isArray(list) ? (list as unknown[]) : undefined
}
