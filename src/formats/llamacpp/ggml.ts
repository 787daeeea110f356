import type { TraceRequest } from '../../trace/trace.js'
import type { DataType, Phase } from '../../trace/words.js'

/** `4096:64:1:1` (missing trailing dims are 1); n0 is the fastest. Undefined: no dims. */
export function dimsOf(text: string): readonly [number, number, number, number] | undefined {
  const found = /^(\d{1,9}):(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?$/.exec(text.trim())
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3] ?? 1), Number(found[4] ?? 1)]
}

/** What a ggml type computes in: `q4_0_4x8` → int4, `q8_0` → int8, `f16`; K-quants by their bits. */
export function typeOfGgml(word: string): DataType {
  const type = word.toLowerCase()
  if (/^(bf16|f32|f16|f64)$/.test(type)) return type as DataType
  if (/^(q8|i8)/.test(type)) return 'int8'
  if (/^(q[2-5]|iq[1-4]|tq|mxfp4|nvfp4)/.test(type)) return 'int4'
  if (/^q6/.test(type)) return 'int8'
  return type === 'i32' ? 'int32' : type === 'i64' ? 'int64' : 'unknown'
}

/** Tells the graphs of a log apart and what each is: a graph begins when its first op comes again; more than one token
 *  is (a piece of) a prefill, one token a decode step; a prefill behind decode steps begins a request. */
export class Graphs {
  readonly promptTokens: number[] = []
  readonly steps: number[] = []
  phase: Phase = 'other'
  request = -1
  step = 0
  private first: string | undefined

  /** Called for each op in order, with its tokens (n1 of its output). */
  op(name: string, tokens: number): void {
    if (this.first === undefined || name === this.first) {
      this.first = name
      this.graph(tokens)
    }
  }

  /** A graph of its own accord. */
  graph(tokens: number): void {
    if (tokens > 1) {
      if (this.request < 0 || this.steps[this.request]! > 0) this.open()
      this.promptTokens[this.request]! += tokens
      this.phase = 'prefill'
      this.step = 0
    } else {
      if (this.request < 0) this.open()
      this.phase = 'decode'
      this.step = ++this.steps[this.request]!
    }
  }

  requests(): Omit<TraceRequest, 'model'>[] {
    return this.promptTokens.map((promptTokens, i) => ({ id: `request-${i + 1}`, arrivalNs: 0, promptTokens, outputTokens: this.steps[i]! + (promptTokens > 0 ? 1 : 0) }))
  }

  private open(): void {
    if (this.request < 49_998) this.request++
    this.promptTokens[this.request] ??= 0
    this.steps[this.request] ??= 0
  }
}

/** The rules of `Graphs`. */
export const graphRules = { phase: 'tokens-of-graph', step: 'graph-repeats', request: 'graph-repeats' } as const
