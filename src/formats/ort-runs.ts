import { BadInput } from '../base/errors.js'
import type { TraceRequest } from '../trace/trace.js'
import { phaseIndex } from '../trace/words.js'
import type { Placement } from './runs.js'

const MAX_RUNS = 2_000_000
const MAX_REQUESTS = 50_000

/** Phase, step and request of every run, and how many sequences each request computes together. */
export interface OrtPlacement extends Placement {
  readonly batch: number[]
}

/** What is known of each run of a profile, in order of time. */
export class OrtRuns {
  length = 0
  /** Tokens of a sequence, by operators whose shapes say it; and by those whose shapes may. 0: none. */
  private rows = new Float64Array(64)
  private weakRows = new Float64Array(64)
  private batches = new Float64Array(64)
  private sessions = new Float64Array(64)

  constructor(private readonly file: string) {}

  /** `rows` below 0: of an operator whose first tensor need not be [sequences, tokens, …]. */
  note(run: number, rows: number, batch: number, session: number): void {
    if (run >= MAX_RUNS) throw new BadInput({ file: this.file }, `at most ${MAX_RUNS} forward passes`, 'more of them')
    if (run >= this.rows.length) this.widen()
    this.length = Math.max(this.length, run + 1)
    if (rows > this.rows[run]!) this.rows[run] = rows
    if (-rows > this.weakRows[run]!) this.weakRows[run] = -rows
    if (batch > this.batches[run]!) this.batches[run] = batch
    this.sessions[run] = session
  }

  /** More than one token in: a prefill (step 0), which begins a request, except where `known` says that the one before has more prompt to
   *  read; one token: a decode step. Runs of what is no decoder (`isDecoder`) are steps of no phase, one behind the other. Another session
   *  is another request. */
  placed(isDecoder: boolean, known: readonly TraceRequest[] | undefined): OrtPlacement {
    const { length } = this
    const phase = new Uint8Array(length)
    const step = new Uint32Array(length)
    const request = new Uint32Array(length)
    const promptTokens: number[] = []
    const steps: number[] = []
    const batch: number[] = []
    let current = -1
    let others = 0
    for (let run = 0; run < length; run++) {
      const rows = this.rows[run]! || this.weakRows[run]!
      const isFirstOfKnown = run === 0 && known !== undefined
      const isDecode = isDecoder && rows === 1 && !isFirstOfKnown
      const isPrefill = isDecoder && !isDecode && (rows > 1 || isFirstOfKnown)
      const isChunk = isPrefill && current >= 0 && steps[current] === 0 && promptTokens[current]! < (known?.[current]?.promptTokens ?? 0)
      const isLast = known !== undefined && known.length > 0 && current === known.length - 1
      const isOtherSession = run > 0 && this.sessions[run] !== this.sessions[run - 1]
      if (current < 0 || isOtherSession || (isPrefill && !isChunk && !isLast)) {
        if (++current === MAX_REQUESTS) throw new BadInput({ file: this.file }, `at most ${MAX_REQUESTS} requests`, 'more of them')
        promptTokens.push(0)
        steps.push(0)
        batch.push(0)
        others = 0
      } else if (!isDecode && !isPrefill) others++
      if (isPrefill) promptTokens[current]! += rows
      if (isDecode) steps[current]!++
      batch[current] = Math.max(batch[current]!, this.batches[run]!)
      phase[run] = isDecode ? phaseIndex.decode : isPrefill ? phaseIndex.prefill : phaseIndex.other
      step[run] = steps[current]! + others
      request[run] = current
    }
    return { phase, step, request, promptTokens, steps, batch }
  }

  private widen(): void {
    const wider = (old: Float64Array) => {
      const fresh = new Float64Array(old.length * 2)
      fresh.set(old)
      return fresh
    }
    this.rows = wider(this.rows)
    this.weakRows = wider(this.weakRows)
    this.batches = wider(this.batches)
    this.sessions = wider(this.sessions)
  }
}

/** Requests as the runs tell them: a prefill gives one token, each decode step another. */
export const ortRequests = (placement: OrtPlacement, arrivals: readonly number[], model: number): TraceRequest[] =>
  placement.promptTokens.map((promptTokens, i) => ({
    id: `request-${i + 1}`,
    model,
    arrivalNs: arrivals[i] ?? 0,
    promptTokens,
    outputTokens: placement.steps[i]! + (promptTokens > 0 ? 1 : 0),
    ...(placement.batch[i]! > 1 && placement.steps[i]! + promptTokens > 0 ? { batch: placement.batch[i]! } : {}),
  }))

/** What speaks for a decoder of a language model in a profile. */
export class DecoderEvidence {
  private readonly vocabularies = new Set<number>()
  private readonly widths = new Set<number>()
  private hasOwnOperators = false

  /** An operator that only decoders have, or not; `n` of a matmul, `vocabulary` rows of the table of an embedding (0: none). */
  operator(isOwn: boolean, n: number, vocabulary: number): void {
    if (this.hasOwnOperators) return
    this.hasOwnOperators = isOwn
    if (vocabulary > 1 && this.vocabularies.size < 4096) this.vocabularies.add(vocabulary)
    if (n > 1 && this.widths.size < 4096) this.widths.add(n)
  }

  /** It uses operators that only decoders have, or gives scores for as many words as it has. */
  get isDecoder(): boolean {
    return this.hasOwnOperators || [...this.vocabularies].some((rows) => this.widths.has(rows))
  }
}
