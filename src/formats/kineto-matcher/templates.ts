import { ABSENT, ARRAY, NUMBER, TEXT } from '../json-kinds.js'
import type { JsonScan, Span } from '../json-bytes.js'
import { ANNOTATION, CPU_OP, RUNTIME, UNWANTED } from '../kineto-what.js'
import {
  ACTION, CAT, CATEGORY, COUNT, COUNTED, DIMS, DUR, FIRST_PIECE, FIXED, FIXED_COUNT, FIXED_SIZE, GIVE, HITS, MAX_VALUES, MAX_PIECE_BYTES, MAX_TEMPLATES,
  NAME, ORDER, PH, PID, PIECES, PIECE_BYTES, PIECE_SIZE, PROBE, PROBE_AT, SLOTS, TEMPLATES, TEMPLATE_COUNT, TEMPLATE_SIZE, TID, TS, TYPES,
} from './layout.js'

const LEARN_FIRST = 64
const LEARN_EVERY = 16
const MAX_PROBE_AT = 256
const UNASKED = SLOTS

/** A profiler writes each kind of event with the same keys in the same order. A template is an event's bytes but for its
 *  values, so that the next one of its kind is scanned by comparing what is the same and looking only at the values. */
export class Templates {
  private misses = 0

  constructor(
    private readonly memory: DataView,
    private readonly bytes: Uint8Array,
  ) {}

  /** Whether a template shall be made of the event that fitted none: of the first ones, then of every 16th. */
  wantsMore(): boolean {
    return ++this.misses <= LEARN_FIRST || this.misses % LEARN_EVERY === 0
  }

  /** Makes a template of the event just scanned, in `at … end`, if it can be one; the least used one leaves. `category`: its number,
   *  or the complement: its like are only counted; `what`: what it is, if rows are to be made of its like, else UNWANTED. */
  learn(scan: JsonScan, at: number, end: number, category: number, what: number): void {
    const { spans } = scan
    const { memory, bytes } = this
    const isWanted = category >= 0
    // What an event's kind is stands in what is compared.
    const values = spans.filter((span) => !isFixed(span))
    const fixed = spans.filter(isFixed)
    const slots = spans.filter(({ slot }) => slot >= 0).map(({ slot }) => slot)
    if (new Set(slots).size < slots.length || fixed.length > FIXED_COUNT || values.length > MAX_VALUES) return
    if (end - at - values.reduce((sum, { from, to }) => sum + to - from, 0) > MAX_PIECE_BYTES) return
    const template = this.place()
    const action = !isWanted ? COUNT : isPlain(scan, what) ? what : GIVE
    let to = template + PIECE_BYTES
    let from = at
    let probeAt = 0
    for (let i = 0; i < FIXED_COUNT; i++) memory.setInt32(template + FIXED + i * FIXED_SIZE, -1, true)
    for (let i = 0; i <= values.length; i++) {
      const value = values[i]
      const pieceEnd = value?.from ?? end
      fixed.forEach((span, index) => {
        if (span.from < from || span.to > pieceEnd) return
        const numbers = [span.slot, i, span.from - from, span.to - span.from]
        if (isWanted) numbers.forEach((number, n) => memory.setInt32(template + FIXED + index * FIXED_SIZE + n * 4, number, true))
        if (i === 0 && span.slot === CAT && span.from + 8 <= pieceEnd && span.from - at <= MAX_PROBE_AT) probeAt = span.from - at
      })
      const piece = template + FIRST_PIECE + i * PIECE_SIZE
      bytes.set(scan.buf.subarray(from, pieceEnd), to)
      ;[to, pieceEnd - from, value?.kind ?? 0, !isWanted || value === undefined || value.slot < 0 ? UNASKED : value.slot].forEach((number, n) =>
        memory.setInt32(piece + n * 4, number, true),
      )
      to += pieceEnd - from
      from = value?.to ?? end
    }
    memory.setInt32(template + PIECES, values.length, true)
    memory.setInt32(template + CATEGORY, category, true)
    memory.setInt32(template + ACTION, action, true)
    memory.setInt32(template + HITS, 1, true)
    memory.setInt32(template + COUNTED, 0, true)
    memory.setInt32(template + PROBE_AT, probeAt, true)
    memory.setBigUint64(template + PROBE, scan.view.getBigUint64(at + probeAt, true), true)
  }

  /** Where a new template goes, which is the last in their order then; the others' hits count half from now on. */
  private place(): number {
    const { memory, count } = this
    for (let i = 0; i < count; i++) {
      const hits = memory.getInt32(ORDER + i * 4, true) + HITS
      memory.setInt32(hits, Math.ceil(memory.getInt32(hits, true) / 2), true)
    }
    if (count === MAX_TEMPLATES) return memory.getInt32(ORDER + (count - 1) * 4, true)
    const place = TEMPLATES + count * TEMPLATE_SIZE
    memory.setInt32(ORDER + count * 4, place, true)
    memory.setInt32(TEMPLATE_COUNT, count + 1, true)
    return place
  }

  private get count(): number {
    return this.memory.getInt32(TEMPLATE_COUNT, true)
  }
}

const isFixed = ({ slot, kind }: Span): boolean => (slot === CAT || slot === PH) && kind === TEXT

/** Whether it is a complete event of which rows are made, its values of the kinds that nearly all have. */
function isPlain({ buf, from, to, kind }: JsonScan, what: number): boolean {
  if (what === UNWANTED || what === ANNOTATION) return false
  const isComplete = kind[PH] === TEXT && to[PH]! - from[PH]! === 1 && buf[from[PH]!] === 88
  const numbers = what === CPU_OP || what === RUNTIME ? [TS, DUR, PID, TID] : [TS, DUR]
  const hasShapes = kind[DIMS] === ARRAY && (kind[TYPES] === ARRAY || kind[TYPES] === ABSENT)
  const isShaped = what !== CPU_OP || hasShapes || (kind[DIMS] === ABSENT && kind[TYPES] === ABSENT)
  return isComplete && isShaped && kind[NAME] === TEXT && numbers.every((slot) => kind[slot] === NUMBER)
}
