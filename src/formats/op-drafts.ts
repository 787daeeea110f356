import { BadInput, type Place } from '../base/errors.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import type { RuleSet, opColumns } from '../trace/trace.js'
import { dataTypeIndex, isSwitchKind, kindIndex, phaseIndex, processorIndex } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { DraftEdges } from './draft-edges.js'
import { DraftLanes } from './draft-lanes.js'
import { DraftRequests } from './draft-requests.js'
import { nameFromSource, type ImportTools } from './format.js'
import { ModelFill } from './model-fill.js'
import { Evidence, matchModel } from './model-match.js'
import type { DraftFacts, OpDraft } from './op-draft.js'
import { roleOfName } from './op-roles.js'
import { Lanes } from './step-order.js'
import { matmulKey } from './unit-order.js'
import { WordTable } from './word-table.js'

const MAX_OPS = 64_000_000
const TURN = 1 << 16
const row = {
  startNs: 0,
  seq: 1,
  durationNs: 2,
  kind: 3,
  phase: 4,
  dataType: 5,
  processor: 6,
  lane: 7,
  request: 8,
  step: 9,
  layer: 10,
  type: 11,
  name: 12,
  m: 13,
  n: 14,
  k: 15,
  flops: 16, // -1: not in the file
  bytes: 17,
  rules: 18,
} as const
const WIDTH = 19
const U32 = 2 ** 32 - 1
const noRules: RuleSet = {}

/** Ops in any order on their way into a trace: sorted by start through a spool, matched to a model, written. Memory
 *  stays flat but for words and explicit dependencies. */
export class OpDrafts {
  /** Ops added so far: the id of the next one. */
  length = 0
  private readonly words: WordTable
  private readonly rules = new WordTable('rule sets', 4096)
  private readonly laidRules = new WeakMap<RuleSet, number>()
  private readonly givenRules = new WeakMap<RuleSet, number>()
  private readonly spool: Spool
  private readonly lanes: Lanes
  private readonly evidence = new Evidence()
  /** Matmuls by the number of their name, where the shape is not known. */
  private readonly unshaped = new Map<number, number>()
  private readonly edges = new DraftEdges()
  private readonly overlaps = new DraftLanes()
  private endNs = 0
  private firstNs = Infinity
  private readonly requests = new DraftRequests()

  constructor(
    private readonly source: Source,
    private readonly into: TraceWriter,
    private readonly tools: ImportTools,
  ) {
    this.words = new WordTable('names', 250_000, source.name)
    this.spool = tools.spool(WIDTH, 2)
    this.lanes = new Lanes(source.name)
  }

  /** Adds an op; its id. `place` is for the error of a number out of range. Throws `BadInput`. */
  add(draft: OpDraft, place: Place): number {
    const { row: to } = this.spool
    if (this.length === MAX_OPS) throw new BadInput(place, `at most ${MAX_OPS} ops`, 'more of them')
    const isLaid = draft.startNs === undefined
    const startNs = isLaid ? this.endNs : draft.startNs
    const request = this.whole(draft.request ?? 0, 49_999, place, 'request')
    const step = this.whole(draft.step ?? 0, 2_000_000, place, 'step')
    const m = this.whole(draft.m ?? 0, U32, place, 'm')
    const phase = phaseIndex[draft.phase ?? 'other']
    to[row.startNs] = this.signed(startNs, place)
    to[row.seq] = this.length
    to[row.durationNs] = this.whole(draft.durationNs, Number.MAX_SAFE_INTEGER, place, 'duration')
    to[row.kind] = kindIndex[draft.kind ?? 'other']
    to[row.phase] = phase
    to[row.dataType] = dataTypeIndex[draft.dataType ?? 'unknown']
    to[row.processor] = processorIndex[draft.processor ?? 'cpu']
    to[row.lane] = this.lanes.of(draft.lane ?? '')
    to[row.request] = request
    to[row.step] = step
    to[row.layer] = draft.layer === undefined || draft.layer < 0 ? -1 : this.whole(draft.layer, 100_000, place, 'layer')
    to[row.type] = this.words.of(draft.type ?? draft.name, place)
    to[row.name] = this.words.of(draft.name, place)
    to[row.m] = m
    to[row.n] = this.whole(draft.n ?? 0, U32, place, 'n')
    to[row.k] = this.whole(draft.k ?? 0, U32, place, 'k')
    to[row.flops] = draft.flops === undefined ? -1 : this.whole(Math.round(draft.flops), Number.MAX_SAFE_INTEGER, place, 'flops')
    to[row.bytes] = draft.bytes === undefined ? -1 : this.whole(Math.round(draft.bytes), Number.MAX_SAFE_INTEGER, place, 'bytes')
    to[row.rules] = this.ruleId(draft.rules ?? noRules, isLaid, place)
    if (startNs + draft.durationNs > Number.MAX_SAFE_INTEGER)
      throw new BadInput({ ...place, field: 'duration' }, 'times below 2^53 ns', startNs + draft.durationNs)
    this.spool.add()
    this.endNs = isLaid ? startNs + draft.durationNs : Math.max(this.endNs, startNs + draft.durationNs)
    this.firstNs = Math.min(this.firstNs, startNs)
    if (!isLaid) this.overlaps.note(to[row.lane]!, startNs, draft.durationNs)
    this.requests.note(request, step, startNs, phase === phaseIndex.prefill ? m : 0)
    if (draft.kind === 'matmul') this.matmul(draft, to[row.name]!)
    if (draft.layer !== undefined) this.evidence.layer(draft.layer)
    return this.length++
  }

  /** When the first op of a request starts, since the first op of all. */
  arrivalNs(request: number): number {
    return this.requests.arrivalNs(request, this.firstNs)
  }

  /** Op `later` waits for op `earlier` (ids of `add`). With any of these the trace's dependencies are explicit, unless
   *  `finish` is told otherwise. */
  waits(later: number, earlier: number): void {
    this.edges.add(later, earlier)
  }

  /** Writes everything in order of start and gives the header; the event loop gets a turn every 64 Ki ops. Throws
   *  `BadInput` when there is not one op. */
  async finish(facts: DraftFacts): Promise<HeaderFacts> {
    const { into, tools, source } = this
    if (this.length === 0) throw new BadInput({ file: source.name, byteOffset: 0 }, 'at least one op with a duration', facts.skipped.sentence())
    const given = facts.requests
    const passes = Math.max(1, this.requests.passes())
    const counts = this.matmulCounts()
    this.evidence.passes = passes
    this.evidence.isWhole = passes > 1 || counts.has('head')
    const match = 'match' in facts ? facts.match : matchModel(this.evidence, facts.hints ?? {}, tools, source.name)
    const model = match === undefined ? -1 : 0
    const requests = given?.map((request) => ({ ...request, model: request.model === -1 ? -1 : model })) ?? this.requests.made(model, this.firstNs)
    const fill = new ModelFill(match, requests, into, { counts, passes }, facts.isUnordered === true ? 'op-order' : 'matmul-order')
    this.overlaps.look(this.spool.sorted(), row, isSwitch, isThread)
    this.overlaps.count(facts.skipped)
    const { edges } = this
    edges.sort(this.length)
    const latestStep = requests.map(() => 0)
    const ruleIds: number[] = []
    const moreIds = new Map<string, number>()
    const ruleSetOf = (id: number, more: RuleSet | undefined): number => {
      if (more === undefined) return (ruleIds[id] ??= into.ruleSet(JSON.parse(this.rules.text(id)) as RuleSet))
      const key = `${id} ${JSON.stringify(more)}`
      let made = moreIds.get(key)
      if (made === undefined) moreIds.set(key, (made = into.ruleSet({ ...(JSON.parse(this.rules.text(id)) as RuleSet), ...more })))
      return made
    }
    const { op } = into
    const sorted = this.spool.sorted()
    while (sorted.next()) {
      const { data, at } = sorted
      const i = into.push()
      if (into.opCount % TURN === 0) await new Promise((resolve) => setTimeout(resolve))
      for (const field of copied) op[field][i] = data[at + row[field]]!
      op.durationNs[i] = this.overlaps.durationNs(data[at + row.seq]!, data[at + row.durationNs]!)
      const request = op.request[i]!
      if (request >= requests.length)
        throw new BadInput({ file: source.name, byteOffset: 0 }, `at most ${requests.length} requests`, request + 1)
      // A step never goes back: what starts late on another lane counts to the step that has begun.
      const isLate = op.step[i]! < latestStep[request]!
      if (isLate) op.step[i] = latestStep[request]!
      else latestStep[request] = op.step[i]!
      op.startNs[i] = data[at + row.startNs]! - this.firstNs
      op.type[i] = into.intern(this.words.text(data[at + row.type]!))
      op.name[i] = into.intern(this.words.text(data[at + row.name]!))
      const more = fill.complete(i, data[at + row.flops]!, data[at + row.bytes]!, this.words.text(data[at + row.name]!))
      op.rules[i] = ruleSetOf(data[at + row.rules]!, isLate ? { ...more, step: 'step-had-begun' } : more)
      edges.placed(data[at + row.seq]!, into, facts.skipped)
    }
    this.close()
    return {
      name: tools.name ?? nameFromSource(source.name),
      device: facts.device,
      provenance: {
        how: facts.how ?? 'imported',
        tool: facts.tool,
        format: facts.format,
        ...(facts.runtime === undefined ? {} : { runtime: facts.runtime }),
        ...(facts.note === undefined ? {} : { note: facts.note }),
      },
      lanes: this.lanes.names,
      models: fill.models,
      tensors: fill.tensors,
      requests,
      dependencies: facts.dependencies ?? (edges.length > 0 ? 'explicit' : 'program-order'),
      skipped: facts.skipped.record(),
      ...(facts.calls === undefined ? {} : { calls: facts.calls }),
    }
  }

  /** Lets go of what it holds on disk; `finish` does it too. */
  close(): void {
    this.spool.close()
  }

  private matmul(draft: OpDraft, name: number): void {
    const { n = 0, k = 0 } = draft
    this.evidence.matmul(n, k, draft.durationNs)
    if (n === 0 || k === 0) this.unshaped.set(name, (this.unshaped.get(name) ?? 0) + 1)
  }

  /** Matmuls by shape, else role, and whether one of them is a head. */
  private matmulCounts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const [name, count] of this.unshaped) {
      const key = matmulKey(0, 0, roleOfName(this.words.text(name)))
      counts.set(key, (counts.get(key) ?? 0) + count)
    }
    for (const [key, { count }] of this.evidence.shapes) counts.set(key, count)
    return counts
  }

  /** Importers hand the same object over for many ops: each is written down once. */
  private ruleId(rules: RuleSet, isLaid: boolean, place: Place): number {
    const known = isLaid ? this.laidRules : this.givenRules
    let id = known.get(rules)
    if (id === undefined) known.set(rules, (id = this.rules.of(JSON.stringify(isLaid ? { ...rules, startNs: 'file-order' } : rules), place)))
    return id
  }

  private whole(value: number, most: number, place: Place, field: string): number {
    if (Number.isInteger(value) && value >= 0 && value <= most) return value + 0
    throw new BadInput({ ...place, field }, `a whole number from 0 to ${most}`, value)
  }

  private signed(value: number, place: Place): number {
    if (Number.isSafeInteger(value)) return value + 0
    throw new BadInput({ ...place, field: 'start' }, 'whole ns below 2^53', value)
  }
}

const isSwitch = (data: Float64Array, at: number): boolean => isSwitchKind(data[at + row.kind]!)
const isThread = (data: Float64Array, at: number): boolean => data[at + row.processor] === processorIndex.cpu
const copied = ['kind', 'phase', 'dataType', 'processor', 'lane', 'request', 'step', 'layer', 'm', 'n', 'k'] as const satisfies readonly (keyof typeof opColumns)[]
