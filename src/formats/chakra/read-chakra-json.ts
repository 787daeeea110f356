import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { Checked } from '../trace-check.js'
import { wholeText } from '../whole-text.js'
import { ChakraGraph } from './graph.js'

const MAX_BYTES = 128 << 20

/** Names were damaged by a blind replacement of `id` with `Id` when it was written; they are kept as they stand. Throws `BadInput`. */
export async function readChakraJson(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const place = { file: source.name, byteOffset: 0 }
  const text = await wholeText(source, tools, MAX_BYTES)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new BadInput(place, 'JSON of Chakra', (error as Error).message, 'is the file whole?')
  }
  const graph = new ChakraGraph(source, 'chakra-json')
  Checked.of(document, place, 'document').each('workload_graph', (node) => {
    const ids = (key: string): number[] => (node.has(key) ? node.list(key).map((id, i) => node.wholeOf(`${key}[${i}]`, id, 0, Number.MAX_SAFE_INTEGER, 'the id of a node')) : [])
    graph.add(
      {
        id: node.whole('Id'),
        name: node.text('Name'),
        type: node.whole('NodeType', 0, 100),
        deps: [...ids('ctrlDeps'), ...ids('data_deps')],
        startUs: 0,
        // Left out where it is 0.
        durationUs: node.has('runtime') ? node.whole('runtime', 0, Number.MAX_SAFE_INTEGER / 1000) : 0,
        isCpu: node.has('is_cpu_op') ? node.get('is_cpu_op') === true : true,
      },
      0,
    )
  })
  return graph.write(into, tools)
}
