import type { Source } from '../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { no, notJson, yes } from './detected.js'
import type { Format, ImportTools } from './format.js'
import { eachLine } from './lines.js'
import { OpLines } from './op-lines.js'

export const MAX_HEADER_BYTES = 8 << 20
export const MAX_LINE_BYTES = 1 << 20

/** The project's own interchange: JSON Lines, a header and then an op a line, in order of start. */
export const worldswitchTrace: Format = {
  id: 'worldswitch-trace',
  title: 'worldswitch trace (JSON Lines)',
  source: 'schemas/trace-header.schema.json',
  takes: [],
  content: ['timeline', 'world-switches'],
  phases: 'in the file',
  bytes: 'in the file',
  runtime: 'worldswitch',
  command: 'worldswitch traces export TRACE --to decode.trace.jsonl.gz',
  detect({ text }) {
    const line = /^[\s\ufeff]*(\{[^\n]*)/.exec(text)?.[1] ?? ''
    // Our export as trace events carries the same header.
    if (line.startsWith('{"otherData"')) return no('it is an export as trace events')
    if (/"schema"\s*:\s*"worldswitch-trace/.test(line)) return yes
    // An op where the header should stand: still ours, so that the missing header is what the user hears of.
    if (/^\{[^{]*"(startNs|durationNs)"\s*:/.test(line)) return yes
    return line === '' ? notJson : no('no header line of a worldswitch trace')
  },
  async read(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
    const reader = new OpLines(source.name, into)
    const { lines, isEnded } = await eachLine(
      source,
      tools,
      (line) => (line === 1 ? MAX_HEADER_BYTES : MAX_LINE_BYTES),
      (bytes, from, to, line) => reader.line(bytes, from, to, line),
      (bytes, from, last) => reader.early(bytes, from, last),
    )
    return reader.lines.finish(lines, isEnded, tools)
  },
}
