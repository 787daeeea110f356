import { BadInput, UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { Source } from '../trace/source.js'
import { isText } from './detected.js'
import { didYouMean } from './did-you-mean.js'
import type { Format } from './format.js'
import { lineWindows } from './line-windows.js'
import { plainLines } from './log-lines.js'

/** What a caller wants of a file: ops for the store, or rates for a device. */
export type Wants = 'trace' | 'rates'

/** A format and the source to read it from: its head is where the format was met. */
export interface Found {
  readonly format: Format
  readonly source: Source
}

/** Finds formats by content. `documents` are those that their first bytes tell; all others are read as lines, and may begin anywhere. */
export class Detection {
  constructor(
    private readonly formats: readonly Format[],
    private readonly documents: ReadonlySet<Format>,
  ) {}

  /** By the first bytes alone, or the one that `forced` names. Throws `BadInput` when none or several say yes, with the reason of
   *  each that was considered; `UsageFault` for an unknown `forced`. */
  ofHead(source: Source, forced?: string, wants: Wants = 'trace'): Format {
    if (source.head.length === 0) throw new BadInput({ file: source.name }, 'a trace', 'an empty file')
    if (forced !== undefined) return useful(source, this.called(forced), wants)
    const { wanted, unwanted, considered } = this.look(source.head, source.name, this.formats, wants)
    if (wanted.length > 0) return onlyOne(source, wanted)
    if (unwanted !== undefined) return useful(source, unwanted, wants)
    throw unknown(source, considered)
  }

  /** As `ofHead`; where the first bytes do not say it of a text, wherever in it a format begins. */
  async find(source: Source, forced?: string, wants: Wants = 'trace'): Promise<Found> {
    if (source.head.length === 0 || forced !== undefined) {
      const format = this.ofHead(source, forced, wants)
      const isMet = this.documents.has(format) || this.look(source.head, source.name, [format], wants).wanted.length > 0
      return (isMet ? undefined : await this.further(source, [format], wants)) ?? { format, source }
    }
    const { wanted, unwanted } = this.look(source.head, source.name, this.formats, wants)
    if (wanted.length > 0) return { format: onlyOne(source, wanted), source }
    const canGoOn = unwanted === undefined ? isText(source.head) && !isDocument(source.head) : !this.documents.has(unwanted)
    const lines = this.formats.filter((format) => !this.documents.has(format))
    return (canGoOn ? await this.further(source, lines, wants, unwanted === undefined) : undefined) ?? { format: this.ofHead(source, undefined, wants), source }
  }

  /** In the lines behind the head; undefined: nowhere. */
  private async further(source: Source, formats: readonly Format[], wants: Wants, isUnknown = false): Promise<Found | undefined> {
    let other: Found | undefined
    for await (const head of lineWindows(source)) {
      const { wanted, unwanted } = this.look(head, source.name, formats, wants)
      const there = { ...source, head }
      if (wanted.length > 0) return { format: onlyOne(source, wanted), source: there }
      if (unwanted !== undefined) other ??= { format: unwanted, source: there }
    }
    // Rates where ops were asked for, or the other way round: what the user hears of.
    return isUnknown && other !== undefined ? { format: useful(source, other.format, wants), source: other.source } : undefined
  }

  private look(bytes: Uint8Array, name: string, formats: readonly Format[], wants: Wants): { readonly wanted: readonly Format[]; readonly unwanted: Format | undefined; readonly considered: string } {
    const text = new TextDecoder().decode(bytes)
    const plain = isText(bytes) ? plainLines(bytes) : text
    const answers = formats.map((format) => ({ format, ...format.detect({ name, bytes, text: this.documents.has(format) ? text : plain }) }))
    // Of a text with lines every format of lines would say that it has none of its own: they are told in one word.
    const asDocuments = !isText(bytes) || /^\s*[[{]/.test(plain)
    const lines = this.formats.filter((format) => !this.documents.has(format)).length
    const told = reasonsOf(answers.filter(({ format }) => asDocuments && this.documents.has(format)).map(({ format, why }) => ({ id: format.id, why })))
    const considered = `${told}${told === '' ? '' : ', '}no line of the ${lines} formats that are read as lines (\`worldswitch formats\`)`
    const found = ['yes', 'general'].map((said) => answers.filter(({ answer }) => answer === said).map(({ format }) => format)).find((one) => one.length > 0) ?? []
    const wanted = found.filter((format) => isWanted(format, wants))
    return { wanted, unwanted: wanted.length === 0 ? found[0] : undefined, considered }
  }

  private called(id: string): Format {
    const format = this.formats.find((one) => one.id === id)
    if (format !== undefined) return format
    throw new UsageFault(`unknown format ${quoteFound(id)}`, didYouMean(id, this.formats.map((one) => one.id)))
  }
}

const isWanted = (format: Format, wants: Wants): boolean => (wants === 'trace' ? format.read : format.readRates) !== undefined

function onlyOne(source: Source, wanted: readonly Format[]): Format {
  if (wanted.length === 1) return wanted[0]!
  throw new BadInput({ file: source.name }, 'one format', wanted.map(({ id }) => id).join(' and '), 'say which with --format')
}

function useful(source: Source, format: Format, wants: Wants): Format {
  if (isWanted(format, wants)) return format
  const what = format.content.includes('structure') ? 'a graph without times' : wants === 'trace' ? 'rates' : 'ops'
  const hint =
    wants === 'rates'
      ? 'import it, and replay it'
      : what === 'rates'
        ? 'rates become no ops: `worldswitch devices fit --from FILE --model M` makes device parameters of them'
        : 'import it together with the timeline of the same run: import TIMELINE --join FILE'
  throw new BadInput({ file: source.name, byteOffset: 0 }, wants === 'trace' ? 'ops with durations' : 'rates', `${what} (${format.id})`, hint)
}

function unknown({ name, head }: Source, considered: string): BadInput {
  return new BadInput(
    { file: name, byteOffset: 0 },
    'a trace in a known format',
    whatItIs(head, new TextDecoder().decode(head)),
    `considered: ${considered}; any other table: --format csv or jsonl with --map`,
  )
}

/** `not JSON (kineto, ort-profile), no … (rknn-perf)`: formats by the reason why not. */
function reasonsOf(answers: readonly { readonly id: string; readonly why: string }[]): string {
  const byReason = new Map<string, string[]>()
  for (const { id, why } of answers) byReason.set(why, [...(byReason.get(why) ?? []), id])
  return [...byReason].map(([why, ids]) => `${why} (${ids.join(', ')})`).join(', ')
}

/** Whether a text begins as one JSON value over many lines: its strings are no lines of a log. */
function isDocument(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head.subarray(0, 1 << 16)).trimStart()
  const first = text.split('\n', 1)[0]!
  return /^(?:\{\s*(?:"|\}|$)|\[\s*(?:[[{"\]]|$))/.test(first) && !isJson(first)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const magics: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'gzip inside (inflate it once more)'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd inside (decompress it once more)'],
  [[0x50, 0x4b, 3, 4], 'a zip archive'],
  [[0xff, 0xfe], 'UTF-16 text (save it as UTF-8)'],
  [[0xfe, 0xff], 'UTF-16 text (save it as UTF-8)'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'a SQLite database of another kind'],
  [[0x17, 0x08, 0x44], 'a trace-cmd recording'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF'],
]

function whatItIs(head: Uint8Array, text: string): string {
  const magic = magics.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))
  if (magic !== undefined) return magic[1]
  if (!isText(head)) return 'binary data'
  const start = text.trimStart().slice(0, 40)
  if (start === '') return 'nothing but blanks'
  if (start.startsWith('{') || /^\[\s*(?:[[{"\]\d-]|$)/.test(start)) return `JSON of another kind: ${start}`
  return `text: ${start}`
}
