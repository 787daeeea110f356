import type { Source } from '../trace/source.js'
import type { ImportTools } from './format.js'
import { eachLogLine } from './log-lines.js'
import type { Skipped } from './skipped.js'

const MAX_VALUE_CHARS = 16 << 20
const MAX_DEPTH = 12
const CUT = 'JSON that is cut'

/** An object of JSON: its keys are a file's own. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** Calls `onValue` with every JSON object or array that begins a line, and the line's number: a document, an object a line,
 *  several documents one behind the other, events of a stream (`data: {…}`), each of them with other text around. What is cut
 *  or over 16 Mi characters is counted. */
export async function eachJsonValue(source: Source, tools: ImportTools, skipped: Skipped, onValue: (value: unknown, line: number) => void): Promise<void> {
  let held: string[] = []
  let heldChars = 0
  let firstLine = 0
  const scan = new JsonScan()
  const reset = (): void => {
    held = []
    heldChars = 0
    scan.reset()
  }
  const cut = (): void => {
    skipped.count(CUT)
    reset()
  }
  await eachLogLine(source, tools, skipped, (raw, line) => {
    const text = raw.replace(/^\s{0,8}data:\s{0,8}/, '')
    if (text === '[DONE]') return // the end of a stream
    if (held.length > 0 && scan.mustNotBeginObject() && /^\s{0,200}\{/.test(text)) cut()
    if (held.length === 0) {
      if (!/^\s{0,200}[{[]/.test(text)) return
      firstLine = line
    }
    held.push(text)
    heldChars += text.length
    scan.line(text)
    if (scan.isInText || heldChars > MAX_VALUE_CHARS) return cut()
    if (scan.depth > 0) return
    const whole = held.join('\n')
    const at = firstLine
    reset()
    const value = parsed(whole)
    if (value !== undefined) onValue(value, at)
    // Logs begin lines with brackets of other kinds.
    else if (/^\s*\{/.test(whole)) skipped.count('line that is no JSON')
  })
  if (held.length > 0) cut()
}

/** Calls `visit` with every object inside a value, outer ones first, and the objects around it. */
export function eachRecord(value: unknown, visit: (record: JsonRecord, around: readonly JsonRecord[]) => void): void {
  const walk = (inner: unknown, around: readonly JsonRecord[], depth: number): void => {
    if (typeof inner !== 'object' || inner === null || depth > MAX_DEPTH) return
    if (Array.isArray(inner)) {
      for (const one of inner) walk(one, around, depth + 1)
      return
    }
    const record = inner as JsonRecord
    visit(record, around)
    const next = [record, ...around]
    for (const key of Object.keys(record)) walk(record[key], next, depth + 1)
  }
  walk(value, [], 0)
}

/** A field's own number that is 0 or more; undefined: there is none. */
export function ownNumber(record: JsonRecord, key: string): number | undefined {
  const value = Object.hasOwn(record, key) ? record[key] : undefined
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A field's own text, at most 200 characters; ''. */
export function ownText(record: JsonRecord | undefined, key: string): string {
  const value = record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
  return typeof value === 'string' ? value.slice(0, 200) : ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where a value ends, by its brackets outside of texts. */
class JsonScan {
  depth = 0
  isInText = false
  private open: string[] = []
  private last = ''

  reset(): void {
    this.depth = 0
    this.isInText = false
    this.open = []
    this.last = ''
  }

  /** Behind `{` and `,` of an object comes a name: a `{` there begins another value, and this one was cut. */
  mustNotBeginObject(): boolean {
    return this.open.at(-1) === '{' && this.last !== ':'
  }

  line(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const char = text[i]!
      if (this.isInText) {
        if (char === '\\') i++
        else if (char === '"') this.isInText = false
        continue
      }
      if (char === ' ' || char === '\t') continue
      this.last = char
      if (char === '"') this.isInText = true
      else if (char === '{' || char === '[') {
        this.open.push(char)
        this.depth++
      } else if ((char === '}' || char === ']') && this.depth > 0) {
        this.open.pop()
        this.depth--
      }
    }
  }
}
