import { BadInput } from '../../base/errors.js'
import { formatNs } from '../../base/units.js'
import type { RuleSet } from '../../trace/trace.js'
import { isSwitchKind, kindIndex } from '../../trace/words.js'
import { opFields, type HeaderFacts, type TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { alignCalls, alignMarks, type Alignment } from './align.js'
import { Gathered, gatheredField } from './gathered.js'

/** A file on its way in: its name for messages, and its reading. */
export interface Reading {
  readonly file: string
  readonly format: string
  read(into: TraceWriter): Promise<HeaderFacts>
}

export interface JoinOptions {
  /** Added to the times of the world switches, whose clock began elsewhere; found by matching when left out. */
  readonly offsetNs?: number
}

/** Puts a model's ops and the recorded world switches of the same run on one clock: both become ops of one trace, the
 *  switches counted to the step that they fall into. Ops without starts of their own (an op profile) are laid out from
 *  the marks of their steps on. Throws `BadInput`: nothing to join, or no offset that fits. */
export async function readJoined(first: Reading, second: Reading, into: TraceWriter, tools: ImportTools, options: JoinOptions = {}): Promise<HeaderFacts> {
  const ops = new Gathered(tools)
  const switches = new Gathered(tools)
  try {
    const stepStarts = new Map<number, number>()
    const stepEnds = new Map<number, number>()
    await ops.read(first.read, (row) => {
      const step = stepKey(row, 0)
      const startNs = row[0]!
      if (!stepStarts.has(step)) stepStarts.set(step, startNs)
      stepEnds.set(step, Math.max(stepEnds.get(step) ?? 0, startNs + row[gatheredField.durationNs]!))
      if (isSwitchKind(row[gatheredField.kind]!)) throw new BadInput({ file: first.file }, 'operators of a model', 'recorded world switches', 'name the ops first and the world switches behind --join')
    })
    const marks = new Map<number, number>()
    const calls: number[] = []
    let others = 0
    await switches.read(second.read, (row) => {
      const kind = row[gatheredField.kind]!
      if (kind === kindIndex.mark) {
        if (!marks.has(row[gatheredField.step]!)) marks.set(row[gatheredField.step]!, row[0]!)
      } else if (kind === kindIndex['world-switch']) {
        if (calls.length < 100_000) calls.push(row[0]!)
      } else if (!isSwitchKind(kind)) others++
    })
    if (calls.length === 0 || others > 0)
      throw new BadInput({ file: second.file }, 'recorded world switches (a trace of OP-TEE or SMC events)', others > 0 ? `${others} operators (${second.format})` : 'none')
    const isLaid = ops.written.header.ruleSets.some((rules) => rules['startNs'] === 'file-order')
    const alignment = align(stepStarts, marks, calls, isLaid, options, second.file)
    const shifts = isLaid && alignment.rule === 'step-marks' ? stepShifts(stepStarts, stepEnds, marks) : undefined
    return write(ops, switches, shifts === undefined ? alignment : { ...alignment, offsetNs: 0 }, shifts, { first, second, alignment }, into, tools)
  } finally {
    ops.close()
    switches.close()
  }
}

function align(stepStarts: ReadonlyMap<number, number>, marks: ReadonlyMap<number, number>, calls: readonly number[], isLaid: boolean, { offsetNs }: JoinOptions, file: string): Alignment {
  if (offsetNs !== undefined) return { offsetNs, rule: 'given', matched: 0, anchors: stepStarts.size, medianResidualNs: 0, maxResidualNs: 0 }
  const byMarks = alignMarks(stepStarts, marks)
  if (byMarks !== undefined) return byMarks
  const found = isLaid ? undefined : alignCalls([...stepStarts.values()].sort((a, b) => a - b), calls)
  if (found !== undefined) return found
  throw new BadInput(
    { file },
    'marks of the same steps (`step N begin` in trace_marker), or calls at the starts of the steps',
    `${marks.size} marks and ${calls.length} round trips that fit ${stepStarts.size} steps at no single offset`,
    'say --offset: what to add to its times (12.5ms)',
  )
}

/** By step: from its own start to its mark, never before the end of the step ahead. */
function stepShifts(starts: ReadonlyMap<number, number>, ends: ReadonlyMap<number, number>, marks: ReadonlyMap<number, number>): Map<number, number> {
  const shifts = new Map<number, number>()
  let freeNs = 0
  let lastShift = 0
  for (const [step, startNs] of [...starts].sort(([, a], [, b]) => a - b)) {
    const mark = marks.get(step)
    const shift = Math.max(mark === undefined ? startNs + lastShift : mark, freeNs) - startNs
    shifts.set(step, shift)
    lastShift = shift
    freeNs = ends.get(step)! + shift
  }
  return shifts
}

function write(
  ops: Gathered,
  switches: Gathered,
  { offsetNs }: Alignment,
  shifts: ReadonlyMap<number, number> | undefined,
  said: { readonly first: Reading; readonly second: Reading; readonly alignment: Alignment },
  into: TraceWriter,
  tools: ImportTools,
): HeaderFacts {
  const [a, b] = [ops.written, switches.written]
  const own = new Columns(into, a.strings, a.header.ruleSets, 0, shifts === undefined ? {} : { startNs: 'step-mark' })
  const other = new Columns(into, b.strings, b.header.ruleSets, a.header.lanes.length, { request: 'join-window', step: 'join-window', phase: 'join-window' })
  const isExplicit = a.header.dependencies === 'explicit'
  const [x, y] = [ops.ops.sorted(), switches.ops.sorted()]
  let [hasX, hasY] = [x.next(), y.next()]
  const startOf = (): number => x.data[x.at]! + (shifts?.get(stepKey(x.data, x.at)) ?? 0)
  const originNs = Math.min(hasX ? startOf() : Infinity, hasY ? y.data[y.at]! + offsetNs : Infinity)
  const dependencies = ops.dependencies()
  const before: number[] = [] // by switch: ops ahead of it, so that an op's new index can be found
  const lastInLane = new Map<number, number>()
  let [request, step, phase, written] = [0, 0, 0, 0]
  while (hasX || hasY) {
    const xNs = hasX ? startOf() : Infinity
    const yNs = hasY ? y.data[y.at]! + offsetNs : Infinity
    if (xNs <= yNs) {
      const i = own.put(x.data, x.at, xNs - originNs)
      ;[request, step, phase] = [into.op.request[i]!, into.op.step[i]!, into.op.phase[i]!]
      dependencies(written++, (on) => into.waitsFor(on + countBelow(before, on)))
      hasX = x.next()
    } else {
      const i = other.put(y.data, y.at, yNs - originNs)
      into.op.request[i] = request
      into.op.step[i] = step
      into.op.phase[i] = phase
      const lane = into.op.lane[i]!
      if (isExplicit && lastInLane.has(lane)) into.waitsFor(lastInLane.get(lane)!)
      lastInLane.set(lane, into.opCount - 1)
      before.push(written)
      hasY = y.next()
    }
  }
  const { alignment, first, second } = said
  return {
    ...a.header,
    name: tools.name ?? a.header.name,
    lanes: [...a.header.lanes, ...b.header.lanes.map((lane) => `world switches of ${lane}`)],
    provenance: {
      how: 'imported',
      tool: `${a.header.provenance.tool} joined with ${b.header.provenance.tool}`,
      format: `${first.format} + ${second.format}`,
      ...(a.header.provenance.machine === undefined ? {} : { machine: a.header.provenance.machine }),
      note: `${wordsOf(alignment, shifts !== undefined)}${b.header.provenance.note === undefined ? '' : `; world switches: ${b.header.provenance.note}`}`,
    },
    skipped: added(a.header.skipped, b.header.skipped),
    ...(b.header.calls === undefined ? {} : { calls: b.header.calls }),
  }
}

/** `world switches at +1.2 s, by the marks of 16 of 16 steps; residual 12 µs in the median, 40 µs at most`. */
function wordsOf({ rule, offsetNs, matched, anchors, medianResidualNs, maxResidualNs }: Alignment, isByStep: boolean): string {
  const at = `world switches at ${offsetNs < 0 ? '−' : '+'}${formatNs(Math.abs(offsetNs))}`
  if (rule === 'given') return `${at}, as given`
  const by = rule === 'step-marks' ? 'the marks' : 'calls at the starts'
  if (isByStep) return `ops laid out from ${by} of ${matched} of ${anchors} steps; steps and marks drift apart by ${formatNs(medianResidualNs)} in the median, ${formatNs(maxResidualNs)} at most`
  return `${at}, by ${by} of ${matched} of ${anchors} steps; residual ${formatNs(medianResidualNs)} in the median, ${formatNs(maxResidualNs)} at most`
}

/** Copies rows into the writer under its own numbers for strings, rule sets and lanes. */
class Columns {
  private readonly strings: number[] = []
  private readonly rules: number[] = []

  constructor(
    private readonly into: TraceWriter,
    private readonly texts: readonly string[],
    private readonly ruleSets: readonly RuleSet[],
    private readonly firstLane: number,
    private readonly more: RuleSet,
  ) {}

  put(data: Float64Array, at: number, startNs: number): number {
    const { into } = this
    const { op } = into
    const i = into.push()
    for (const field of opFields) op[field][i] = data[at + gatheredField[field]]!
    op.startNs[i] = startNs
    op.lane[i] = op.lane[i]! + this.firstLane
    op.type[i] = this.string(op.type[i]!)
    op.name[i] = this.string(op.name[i]!)
    const rules = op.rules[i]!
    op.rules[i] = this.rules[rules] ??= into.ruleSet({ ...this.ruleSets[rules], ...this.more })
    return i
  }

  private string(id: number): number {
    return (this.strings[id] ??= this.into.intern(this.texts[id]!))
  }
}

/** A step of a request as one number; that of the first request's is the step's own, as marks have it. */
const stepKey = (data: Float64Array, at: number): number => data[at + gatheredField.request]! * 2 ** 32 + data[at + gatheredField.step]!

/** How many switches were written ahead of op `op`. */
function countBelow(before: readonly number[], op: number): number {
  let low = 0
  let high = before.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (before[middle]! <= op) low = middle + 1
    else high = middle
  }
  return low
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a }
  for (const [reason, count] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + count
  return Object.fromEntries(Object.entries(sum).sort(([x], [y]) => (x < y ? -1 : 1)))
}
