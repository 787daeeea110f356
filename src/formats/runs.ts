import { BadInput } from '../base/errors.js'
import type { TraceRequest } from '../trace/trace.js'
import { phaseIndex } from '../trace/words.js'

const MAX_RUNS = 2_000_000
const MAX_REQUESTS = 50_000

/** What the recording says of a forward pass. */
export interface RunSaid {
  /** Index into `phases`; 0: not said. */
  readonly phase: number
  /** Prompt tokens that it reads of one sequence, in the mean; 0: not said. */
  readonly tokens: number
  /** Sequences that it computes together; 0: not said. */
  readonly batch: number
  /** Some of them read their prompts, others generate. */
  readonly isMixed: boolean
}

/** What is known of each forward pass of a recording, in order of time. */
export class Runs {
  length = 0
  /** Tokens of one sequence that went in; 0: unknown. */
  rows = new Float64Array(64)
  /** Sequences computed together; 0: unknown. */
  batch = new Float64Array(64)
  /** Index into `phases` where the recording says it; 0: it does not. */
  saidPhase = new Uint8Array(64)
  /** 1 where another recording of the same file begins. */
  begins = new Uint8Array(64)
  /** Runs that are neither prefill nor decode are steps as well, one behind the other. */
  areSteps = false
  /** Runs whose batch reads prompts and generates as well. */
  mixed = 0

  constructor(private readonly file: string) {}

  /** Makes sure that run `index` exists. */
  reach(index: number): void {
    if (index < this.length) return
    if (index >= MAX_RUNS) throw new BadInput({ file: this.file }, `at most ${MAX_RUNS} forward passes`, 'more of them')
    this.length = index + 1
    if (this.length <= this.rows.length) return
    const room = Math.max(this.length, this.rows.length * 2)
    const wider = <A extends Float64Array | Uint8Array>(old: A, fresh: A): A => {
      fresh.set(old)
      return fresh
    }
    this.rows = wider(this.rows, new Float64Array(room))
    this.batch = wider(this.batch, new Float64Array(room))
    this.saidPhase = wider(this.saidPhase, new Uint8Array(room))
    this.begins = wider(this.begins, new Uint8Array(room))
  }

  note(index: number, rows: number): void {
    this.reach(index)
    if (rows > this.rows[index]!) this.rows[index] = rows
  }

  /** What an annotation says of a run. */
  say(index: number, { phase, tokens, batch, isMixed }: RunSaid): void {
    this.note(index, tokens)
    this.saidPhase[index] = phase
    this.batch[index] = batch
    if (isMixed) this.mixed++
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
  /** By request: the most sequences that one of its runs computes together. */
  readonly batch: number[]
}

/** More than one token in: a prefill (step 0); one token: a decode step. Where nothing tells, the first run is what
 *  `first` says. A prefill begins a request, except where `known` says that the one before has more
 *  prompt to read (chunked prefill); so does another recording. */
export function placeRuns(runs: Runs, file: string, first: 'prefill' | 'by rows', known?: readonly TraceRequest[]): Placement {
  const phase = new Uint8Array(runs.length)
  const step = new Uint32Array(runs.length)
  const request = new Uint32Array(runs.length)
  const promptTokens: number[] = []
  const steps: number[] = []
  const batch: number[] = []
  const others: number[] = []
  let current = -1
  for (let run = 0; run < runs.length; run++) {
    const said = runs.saidPhase[run]!
    const rows = runs.rows[run]!
    const isDecode = said === phaseIndex.decode || (said === 0 && (run > 0 || first === 'by rows') && rows === 1)
    const isPrefill = !isDecode && (said === phaseIndex.prefill || (run === 0 && first === 'prefill') || rows > 1)
    const isChunk =
      isPrefill && current >= 0 && steps[current] === 0 && promptTokens[current]! < (known?.[current]?.promptTokens ?? 0)
    const isLast = known !== undefined && known.length > 0 && current === known.length - 1
    if (current < 0 || runs.begins[run] === 1 || (isPrefill && !isChunk && !isLast)) {
      if (++current === MAX_REQUESTS) throw new BadInput({ file }, `at most ${MAX_REQUESTS} requests`, 'more of them')
      promptTokens.push(0)
      steps.push(0)
      batch.push(0)
    }
    if (isPrefill) promptTokens[current]! += rows
    if (isDecode) steps[current]!++
    const isOther = runs.areSteps && !isDecode && !isPrefill
    if (isOther && run > 0 && request[run - 1] === current) others[current] = (others[current] ?? 0) + 1
    batch[current] = Math.max(batch[current]!, runs.batch[run]!)
    phase[run] = isDecode ? phaseIndex.decode : isPrefill ? phaseIndex.prefill : phaseIndex.other
    step[run] = steps[current]! + (others[current] ?? 0)
    request[run] = current
  }
  return { phase, step, request, promptTokens, steps, batch }
}

/** Requests as the runs tell them: the prefill gives one token, each decode step another. */
export function requestsOf(placement: Placement, arrivals: readonly number[], model: number): TraceRequest[] {
  return placement.promptTokens.map((promptTokens, i) => ({
    id: `request-${i + 1}`,
    model,
    arrivalNs: arrivals[i] ?? 0,
    promptTokens,
    outputTokens: placement.steps[i]! + (promptTokens > 0 ? 1 : 0),
    ...(placement.batch[i]! > 1 ? { batch: placement.batch[i]! } : {}),
  }))
}
