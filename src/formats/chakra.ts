import { no, startsWith, yes } from './detected.js'
import type { Format } from './format.js'

/** MLCommons Chakra execution traces: length-delimited protobuf messages, GlobalMetadata and then nodes. */
export const chakra: Format = {
  id: 'chakra',
  title: 'Chakra execution trace (protobuf, .et)',
  source: 'https://github.com/mlcommons/chakra (schema/protobuf/et_def.proto)',
  content: ['timeline', 'profile'],
  phases: 'none',
  bytes: "from the shapes of the operator that a kernel's node carries; convolutions and products as 2·m·n·k",
  runtime: 'MLCommons Chakra (chakra_converter of PyTorch traces), worldswitch',
  command: 'chakra_trace_link --rank 0 --chakra-host-trace host.json --chakra-device-trace kineto.json --output-file linked.json && chakra_converter PyTorch --input linked.json --output chakra.0.et',
  detect({ bytes }) {
    // A short message of metadata (version string, attributes), then a node whose first field is its id.
    if (isLongMeta(bytes)) return yes
    const length = bytes[0] ?? 0
    const isMeta = length < 0x80 && (length === 0 || bytes[1] === 0x0a || bytes[1] === 0x12)
    const next = length + 1
    const second = (bytes[next] ?? 0) < 0x80 ? next + 1 : next + 2
    if (startsWith(bytes, [0x1f, 0x8b]) || !isMeta || bytes.length < 8) return no('no messages of Chakra')
    const node = bytes[second] === 0x08 || (bytes[second] === 0x12 && length === 0)
    const named = new TextDecoder().decode(bytes.subarray(0, 4096))
    return node && (named.includes('is_cpu_op') || named.includes('comm_type') || named.includes('aten::') || named.includes('schema')) ? yes : no('no messages of Chakra')
  },
  read: async (source, into, tools) => (await import('./chakra/read-chakra.js')).readChakra(source, into, tools),
}

/** Our own export's metadata is longer than 127 bytes: it names itself. */
function isLongMeta(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(0, 64)).includes('worldswitch-chakra')
}
