import { BadInput } from '../base/errors.js'
import type { TraceRequest } from '../trace/trace.js'
import { phaseIndex } from '../trace/words.js'

const MAX_RUNS = 2_000_000
const MAX_REQUESTS = 50_000

/** What is known of each forward pass of a recording, in order of time. */
export class Runs {
  length = 0
  /** Tokens a sequence that went in; 0: unknown. */
  rows = new Float64Array(64)
  /** Index into `phases` where the recording says it; 0: it does not. */
  saidPhase = new Uint8Array(64)

  constructor(private readonly file: string) {}

  /** Makes sure that run `index` exists. */
  reach(index: number): void {
    if (index < this.length) return
    if (index >= MAX_RUNS) throw new BadInput({ file: this.file }, `at most ${MAX_RUNS} forward passes`, 'more of them')
    this.length = index + 1
    if (this.length <= this.rows.length) return
    const room = Math.max(this.length, this.rows.length * 2)
    const rows = new Float64Array(room)
    rows.set(this.rows)
    this.rows = rows
    const saidPhase = new Uint8Array(room)
    saidPhase.set(this.saidPhase)
    this.saidPhase = saidPhase
  }

  note(index: number, rows: number): void {
    this.reach(index)
    if (rows > this.rows[index]!) this.rows[index] = rows
  }
}

/** Phase, step and request of every run. */
export interface Placement {
  readonly phase: Uint8Array
  readonly step: Uint32Array
  readonly request: Uint32Array
  /** By request: tokens that its prefill read, decode steps. */
  readonly promptTokens: number[]
  readonly steps: number[]
}

/** More than one token in: a prefill (step 0); one token: a decode step. Where nothing tells, the first run is what
 *  `first` says. A prefill begins a request, except where `known` says that the one before has more
 *  prompt to read (chunked prefill). */
export function placeRuns(runs: Runs, file: string, first: 'prefill' | 'by rows', known?: readonly TraceRequest[]): Placement {
  const phase = new Uint8Array(runs.length)
  const step = new Uint32Array(runs.length)
  const request = new Uint32Array(runs.length)
  const promptTokens: number[] = []
  const steps: number[] = []
  let current = -1
  for (let run = 0; run < runs.length; run++) {
    const said = runs.saidPhase[run]!
    const rows = runs.rows[run]!
    const isDecode = said === phaseIndex.decode || (said === 0 && (run > 0 || first === 'by rows') && rows === 1)
    const isPrefill = !isDecode && (said === phaseIndex.prefill || (run === 0 && first === 'prefill') || rows > 1)
    const isChunk =
      isPrefill && current >= 0 && steps[current] === 0 && promptTokens[current]! < (known?.[current]?.promptTokens ?? 0)
    const isLast = known !== undefined && known.length > 0 && current === known.length - 1
    if (current < 0 || (isPrefill && !isChunk && !isLast)) {
      if (++current === MAX_REQUESTS) throw new BadInput({ file }, `at most ${MAX_REQUESTS} requests`, 'more of them')
      promptTokens.push(0)
      steps.push(0)
    }
    if (isPrefill) promptTokens[current]! += rows
    if (isDecode) steps[current]!++
    phase[run] = isDecode ? phaseIndex.decode : isPrefill ? phaseIndex.prefill : phaseIndex.other
    step[run] = steps[current]!
    request[run] = current
  }
  return { phase, step, request, promptTokens, steps }
}

/** Requests as the runs tell them: the prefill gives one token, each decode step another. */
export function requestsOf(placement: Placement, arrivals: readonly number[], model: number): TraceRequest[] {
  return placement.promptTokens.map((promptTokens, i) => ({
    id: `request-${i + 1}`,
    model,
    arrivalNs: arrivals[i] ?? 0,
    promptTokens,
    outputTokens: placement.steps[i]! + (promptTokens > 0 ? 1 : 0),
  }))
}
