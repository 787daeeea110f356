import { isText, no, notJson, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** The JSON form of a Chakra trace. */
export const chakraJson: Format = {
  id: 'chakra-json',
  title: 'Chakra execution trace (JSON)',
  source: 'https://github.com/mlcommons/chakra',
  content: ['profile'],
  phases: 'none',
  bytes: 'none',
  runtime: 'MLCommons Chakra (chakra_jsonizer)',
  command: 'chakra_jsonizer --input_filename chakra.0.et --output_filename chakra.0.json',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (!/^[\s\ufeff]*\{/.test(text)) return notJson
    return /"workload_graph"\s*:\s*\[/.test(text) && /"NodeType"\s*:/.test(text) ? yes : no('no workload_graph of Chakra')
  },
  read: async (source, into, tools) => (await import('./chakra/read-chakra-json.js')).readChakraJson(source, into, tools),
}
