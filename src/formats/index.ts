import { BadInput, UsageFault } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { TraceWriter, WrittenTrace } from '../trace/writer.js'
import type { Format, ImportTools } from './format.js'
import { kineto } from './kineto.js'
import { didYouMean } from './did-you-mean.js'
import { ortProfile } from './ort-profile.js'
import { worldswitchTrace } from './worldswitch-trace.js'

export { exportTrace } from './worldswitch-export.js'
export type { Format, ImportTools } from './format.js'

/** Every format that is read. To add one: a file with a `Format`, and its line here. */
export const formats: readonly Format[] = [worldswitchTrace, ortProfile, kineto]

/** The format of a source by its content, or the one that `forced` names. Throws `BadInput` when none or several say
 *  yes, with the reason that is known; `UsageFault` for an unknown `forced`. */
export function detectFormat(source: Source, forced?: string): Format {
  const { name, head } = source
  if (head.length === 0) throw new BadInput({ file: name }, 'a trace', 'an empty file')
  if (forced !== undefined) {
    const format = formats.find(({ id }) => id === forced)
    if (format === undefined)
      throw new UsageFault(
        `unknown format ${forced}`,
        didYouMean(
          forced,
          formats.map(({ id }) => id),
        ),
      )
    return format
  }
  const text = new TextDecoder().decode(head)
  const answers = formats.map((format) => ({ format, answer: format.detect({ name, bytes: head, text }) }))
  const sure = answers.filter(({ answer }) => answer === 'yes').map(({ format }) => format)
  if (sure.length === 1) return sure[0]!
  const ids = formats.map(({ id }) => id).join(', ')
  if (sure.length > 1)
    throw new BadInput({ file: name }, 'one format', sure.map(({ id }) => id).join(' and '), 'say which with --format')
  const maybe = answers.filter(({ answer }) => answer === 'maybe').map(({ format }) => format.id)
  const hint =
    maybe.length > 0
      ? `if it is ${maybe.join(' or ')} after all, say --format ${maybe[0]!}`
      : `known are ${ids}; name one with --format`
  throw new BadInput({ file: name }, 'a trace in a known format', whatItIs(head, text, maybe.length > 0), hint)
}

/** Reads a source into `into` and ends it. Memory stays flat where `tools.spool` does. Throws `BadInput`. */
export async function readTrace(source: Source, into: TraceWriter, tools: ImportTools, forced?: string): Promise<WrittenTrace> {
  const format = detectFormat(source, forced)
  return into.finish(await format.read(source, into, tools))
}

const magics: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'gzip inside (inflate it once more)'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd data (decompress it first)'],
  [[0x50, 0x4b, 3, 4], 'a zip archive'],
  [[0xff, 0xfe], 'UTF-16 text (save it as UTF-8)'],
  [[0xfe, 0xff], 'UTF-16 text (save it as UTF-8)'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'a SQLite database'],
  [[0x17, 0x08, 0x44], 'a trace-cmd recording'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF'],
]

function whatItIs(head: Uint8Array, text: string, isEvents: boolean): string {
  const magic = magics.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))
  if (magic !== undefined) return magic[1]
  if (isEvents) return 'trace events that neither PyTorch nor ONNX Runtime wrote'
  if (head.includes(0)) return 'binary data'
  const start = text.trimStart().slice(0, 40)
  if (start === '') return 'nothing but blanks'
  if (start.startsWith('{') || start.startsWith('[')) return `JSON of another kind: ${start}`
  return `text: ${start}`
}
