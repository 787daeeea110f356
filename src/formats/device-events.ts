import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import { Passes } from './annotations.js'
import type { ByteStrings } from './byte-strings.js'
import { embeddingPasses, joinOperators } from './kineto-join.js'
import { joinLaunches } from './kineto-launches.js'
import { OpSurvey } from './op-survey.js'
import { OPERATOR_COLUMNS, operatorColumn, type OperatorTable } from './operator-table.js'
import type { Recordings } from './recordings.js'
import { Runs } from './runs.js'
import type { Skipped } from './skipped.js'
import type { TorchOp } from './torch-op.js'
import type { NamedKernel } from './torch-names.js'

/** Device work, the calls that launched it and the operators around those, out of whichever file: rows as
 *  `kineto-rows.ts` lays them out, words by their numbers. */
export interface DeviceEvents {
  readonly gpu: Spool
  readonly launches: Spool
  readonly cpu: Spool
  readonly names: ByteStrings
  /** What the rows of `cpu` call. */
  readonly operators: OperatorTable
  /** Forward passes that a serving engine annotated, and the profiler's steps. */
  readonly serving: Passes
  readonly steps: Passes
  readonly recordings: Recordings
  /** An annotation says that a model is trained. */
  readonly isTraining: boolean
  readonly deviceName: string
  /** Operators whose shapes came from an execution trace. */
  readonly shapedByStructure: number
  readonly skipped: Skipped
  operator(name: number): TorchOp
  kernel(name: number): NamedKernel
  threadName(thread: number): string
  /** The name of a stream's lane. */
  streamName(device: number, stream: number): string
  /** The device is no GPU, but another accelerator. */
  readonly isAccelerator?: boolean
  /** Events by category that became no ops: where there is device work, all others. */
  leftOut(isDevice: boolean): Skipped
}

/** Device work with its launch and its operator. `launched` and `ops` are fresh spools. Returns the devices that worked. */
export function joinDevice(events: DeviceEvents, launched: Spool, ops: Spool): number {
  const facts = joinLaunches(events.gpu, events.launches, launched, events.recordings)
  // Without a step or rows of a matmul there is nothing that it could be taken for a part of.
  facts.hasSteps = events.serving.length + events.steps.length > 0 || hasRows(events.operators)
  events.gpu.close()
  events.launches.close()
  joinOperators(
    launched,
    events.cpu,
    events.operators,
    ops,
    (type, kernel) => {
      const kernelKind = events.kernel(kernel).kind
      return kernelKind === 0 || kernelKind === events.operator(type).kind
    },
    facts,
  )
  launched.close()
  if (facts.tails > 0) events.skipped.count('device work that was launched before the recording', facts.tails)
  return facts.devices.size
}

function hasRows({ data, length }: OperatorTable): boolean {
  for (let row = 0; row < length; row++) if (data[row * OPERATOR_COLUMNS + operatorColumn.m]! > 0) return true
  return false
}

/** The forward passes of a recording and what else one look at its ops gives. */
export interface Understood {
  readonly passes: Passes
  readonly runs: Runs
  readonly survey: OpSurvey
  readonly devices: number
  /** Recordings in the file, one behind the other. */
  readonly recordings: number
}

/** Forward passes: by a serving engine's annotations, else the profiler's steps, else embeddings, else one a recording. */
export function understand(events: DeviceEvents, ops: Spool, source: Source, devices: number): Understood {
  const { serving, steps, recordings } = events
  const runs = new Runs(source.name)
  const isServing = serving.length > 0
  const embeddings = isServing ? [] : embeddingsOf(events)
  const passes = isServing ? serving : steps.length > 0 ? steps : new Passes()
  if (passes.length === 0) {
    for (const { startNs, endNs } of embeddings) passes.add(startNs, endNs)
    if (passes.length > 0) passes.rule = 'embedding-op'
  } else for (const ns of passes.restarts()) recordings.beginsAt(ns)
  const starts = recordings.starts(source.name, devices)
  passes.sortInto(runs, starts)
  runs.areSteps = passes.length > 1
  const read = new Map<number, Embedding>()
  for (const one of embeddings) {
    const run = passes.at(one.startNs)
    const known = read.get(run)
    if (known === undefined || known.tokens * known.batch < one.tokens * one.batch) read.set(run, one)
  }
  const isUntold = !isServing && tellsNoPhase(events, embeddings.length > 0)
  const asEmbedded = new Map<number, RowTimes>()
  const survey = new OpSurvey(ops, (name) => events.operator(name), (atNs, m, ns) => {
    if (isServing || isUntold) return
    const run = passes.at(atNs)
    const into = read.get(run)
    if (into === undefined) return runs.note(run, m)
    let times = asEmbedded.get(run)
    if (times === undefined) asEmbedded.set(run, (times = { ownNs: 0, allNs: 0 }))
    times.allNs += ns
    if (m === into.tokens * into.batch || m === into.tokens || m === into.batch) times.ownNs += ns
  })
  for (const [run, { tokens, batch }] of isUntold ? [] : read) {
    const times = asEmbedded.get(run)
    if (times !== undefined && times.ownNs < times.allNs * ROWS_FIT) continue
    runs.note(run, tokens)
    runs.batch[run] = batch
  }
  return { passes, runs, survey, devices, recordings: starts.length + 1 }
}

/** How long the matmuls of a pass take, and those whose rows are the tokens that its embedding looks up. */
interface RowTimes {
  ownNs: number
  allNs: number
}

/** Below this share of its matmuls' time, the tokens of a pass are those of something small beside it, as a text encoder's beside pictures. */
const ROWS_FIT = 0.1

interface Embedding {
  readonly startNs: number
  readonly endNs: number
  readonly tokens: number
  readonly batch: number
}

function embeddingsOf(events: DeviceEvents): Embedding[] {
  const found: Embedding[] = []
  const { data, length } = events.operators
  let row = 0
  while (row < length && data[row * OPERATOR_COLUMNS + operatorColumn.tokens] === 0) row++
  if (row < length)
    embeddingPasses(events.cpu, events.operators, (name) => events.operator(name).kind, (startNs, endNs, tokens, batch) => found.push({ startNs, endNs, tokens, batch }))
  return found
}

/** Training, recommenders, and what computes on pictures alone: rows of its matmuls are no tokens of a prompt. */
function tellsNoPhase(events: DeviceEvents, hasEmbeddings: boolean): boolean {
  if (events.isTraining) return true
  const { data, length } = events.operators
  let isConvolving = false
  for (let row = 0; row < length; row++) {
    const name = data[row * OPERATOR_COLUMNS + operatorColumn.name]!
    const op = events.operator(name)
    if (op.isTraining || op.isRecommender) return true
    isConvolving ||= op.isConvolution
  }
  return isConvolving && !hasEmbeddings
}
