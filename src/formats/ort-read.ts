import { BadInput } from '../base/errors.js'
import type { GraphNode } from '../trace/graph-facts.js'
import type { Source } from '../trace/source.js'
import type { Spool } from '../trace/spool.js'
import { dataTypeIndex, kindIndex, movesNothing } from '../trace/words.js'
import type { HeaderFacts, TraceWriter } from '../trace/writer.js'
import { ByteStrings } from './byte-strings.js'
import { microsToNs, wholeMicros, wholeNumber } from './decimal.js'
import { EventScanner, type Ending } from './event-scanner.js'
import type { ImportTools } from './format.js'
import { JsonScan } from './json-bytes.js'
import { ABSENT, ARRAY, ESCAPED, NUMBER, TEXT } from './json-kinds.js'
import { KeyTable } from './key-table.js'
import { noCost } from './ort-cost-facts.js'
import { ortCost } from './ort-cost.js'
import { kindOfOrtType } from './ort-kinds.js'
import { nodesOfOwnTime } from './ort-nesting.js'
import { HAS_SHAPES, HAS_SIZES, ORT_KEYS, ORT_WIDTH, ortRow, type OrtReading } from './ort-rows.js'
import { DecoderEvidence } from './ort-runs.js'
import { OrtSessions } from './ort-sessions.js'
import { ortType, type OrtType } from './ort-types.js'
import { writeOrt } from './ort-write.js'
import { Shapes } from './shapes.js'
import { Skipped } from './skipped.js'
import { usingSpools } from './spools.js'
import { checkedChunks } from './utf8.js'

const CAT = 0
const NAME = 1
const TS = 2
const DUR = 3
const TID = 4
const ARGS = 5
const OP_NAME = 6
const PROVIDER = 7
const NODE_INDEX = 8
const PARAMETER_SIZE = 9
const ACTIVATION_SIZE = 10
const OUTPUT_SIZE = 11
const INPUTS = 12
const OUTPUTS = 13
const argKeys = [
  'op_name',
  'provider',
  'node_index',
  'parameter_size',
  'activation_size',
  'output_size',
  'input_type_shape',
  'output_type_shape',
]
const keys = new KeyTable(['cat', 'name', 'ts', 'dur', 'tid', 'args'], 0, ARGS, new KeyTable(argKeys, OP_NAME))

const suffix = new TextEncoder().encode('_kernel_time')

/** Reads a whole file: see `ortProfile`. Throws `BadInput`. */
export function readOrt(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  return usingSpools(tools, async (spool) => {
    const reading = await readNodes(source, tools, spool(ORT_WIDTH, ORT_KEYS))
    if (!reading.isNested) return writeOrt(reading, source, into, tools)
    const nodes = spool(ORT_WIDTH, ORT_KEYS)
    nodesOfOwnTime(reading.nodes, nodes, (type) => type >= 0 && kindOfOrtType(reading.names.text(type)) !== kindIndex.other)
    return writeOrt({ ...reading, nodes }, source, into, tools)
  })
}

async function readNodes(source: Source, tools: ImportTools, nodes: Spool): Promise<OrtReading> {
  const names = new ByteStrings()
  const skipped = new Skipped()
  const modelRuns: { startNs: number; endNs: number }[] = []
  const graph = new Map<string, GraphNode>(Object.entries(tools.graph?.nodes ?? {}))
  const ins = new Shapes()
  const outs = new Shapes()
  const cost = noCost()
  const sessions = new OrtSessions()
  const decoder = new DecoderEvidence()
  const types: OrtType[] = [] // by the number of their word and one
  let isNested = false
  let baseUs = NaN

  const place = () => scanner.place()
  const text = (scan: JsonScan, slot: number) =>
    scan.kind[slot] === TEXT || scan.kind[slot] === ESCAPED
      ? names.intern(scan.buf, scan.from[slot]!, scan.to[slot]!, scan.kind[slot] === ESCAPED, place)
      : -1
  const size = (scan: JsonScan, slot: number) =>
    scan.kind[slot] === TEXT || scan.kind[slot] === NUMBER ? wholeNumber(scan, scan.from[slot]!, scan.to[slot]!) : NaN
  const time = (scan: JsonScan, slot: number, field: string, base: number) => {
    const ns = scan.kind[slot] === NUMBER ? microsToNs(scan, scan.from[slot]!, scan.to[slot]!, base) : NaN
    if (Number.isNaN(ns)) throw new BadInput(scanner.place(field), 'microseconds', found(scan, slot))
    return ns
  }
  const duration = (scan: JsonScan) => {
    const ns = time(scan, DUR, 'dur', 0)
    if (ns < 0) throw new BadInput(scanner.place('dur'), 'microseconds, 0 or more', found(scan, DUR))
    return ns
  }

  function onEvent(scan: JsonScan): void {
    const cat = text(scan, CAT)
    const category = cat < 0 ? '' : names.text(cat)
    if (category !== 'Node' && category !== 'Session')
      return skipped.count(category === '' ? 'event without a category' : `${category} event`)
    const { buf } = scan
    let nameTo = scan.to[NAME]!
    if (category === 'Session') {
      const name = text(scan, NAME)
      const isRun = name >= 0 && names.text(name) === 'model_run'
      const isBegin = name >= 0 && /^(?:model_loading|session_initialization)/.test(names.text(name))
      if (!isRun && !isBegin) return skipped.count('Session event')
      if (Number.isNaN(baseUs)) baseUs = wholeMicros(scan, scan.from[TS]!, scan.to[TS]!)
      const atNs = time(scan, TS, 'ts', baseUs)
      if (isBegin) {
        sessions.begins(atNs)
        return skipped.count('Session event')
      }
      const startNs = sessions.run(atNs, duration(scan))
      modelRuns.push({ startNs, endNs: startNs + duration(scan) })
      return
    }
    nameTo -= suffix.length
    let same = nameTo >= scan.from[NAME]! && scan.kind[NAME]! !== ABSENT ? 0 : suffix.length + 1
    while (same < suffix.length && buf[nameTo + same] === suffix[same]) same++
    if (same !== suffix.length) return skipped.count('Node event without work (fence)')
    const type = text(scan, OP_NAME)
    const ofType = (types[type + 1] ??= ortType(type < 0 ? '' : names.text(type)))
    if (Number.isNaN(baseUs)) baseUs = scan.kind[TS] === NUMBER ? wholeMicros(scan, scan.from[TS]!, scan.to[TS]!) : NaN
    const name = names.intern(buf, scan.from[NAME]!, nameTo, scan.kind[NAME] === ESCAPED, place)
    const node = graph.get(names.text(name))
    const kind = node?.kind === undefined ? ofType.kind : kindIndex[node.kind]
    isNested ||= kind === kindIndex.other
    let facts = 0
    ins.clear()
    outs.clear()
    if (scan.kind[INPUTS] === ARRAY) ins.readOrt(buf, scan.from[INPUTS]!, scan.to[INPUTS]!)
    if (scan.kind[OUTPUTS] === ARRAY) outs.readOrt(buf, scan.from[OUTPUTS]!, scan.to[OUTPUTS]!)
    if (outs.count > 0) facts |= HAS_SHAPES
    ortCost(cost, ofType, kind, ins, outs, node)
    decoder.operator(ofType.isDecoder, cost.n, kind === kindIndex.embedding && ins.rank(0) === 2 ? ins.dim(0, 0) : 0)
    const isStill = movesNothing(kind)
    const parameterBytes = isStill ? 0 : size(scan, PARAMETER_SIZE)
    const shown = isStill ? 0 : size(scan, ACTIVATION_SIZE) + size(scan, OUTPUT_SIZE)
    if (!Number.isNaN(shown)) facts |= HAS_SIZES
    const { row } = nodes
    const thread = scan.kind[TID] === NUMBER ? names.intern(buf, scan.from[TID]!, scan.to[TID]!, false, place) : text(scan, TID)
    const durationNs = duration(scan)
    row[ortRow.startNs] = sessions.node(time(scan, TS, 'ts', baseUs), durationNs, name, thread)
    row[ortRow.session] = sessions.count
    // Written when it ends: of those that begin together the one around them is the last of the file.
    row[ortRow.order] = kind === kindIndex.other ? 0 : 1
    row[ortRow.seq] = ofType.isFlow ? -nodes.length : nodes.length
    row[ortRow.durationNs] = durationNs
    row[ortRow.name] = name
    row[ortRow.type] = type
    row[ortRow.provider] = text(scan, PROVIDER)
    row[ortRow.thread] = thread
    const index = size(scan, NODE_INDEX)
    row[ortRow.nodeIndex] = Number.isNaN(index) ? -1 : index
    row[ortRow.parameterBytes] = Number.isNaN(parameterBytes) ? 0 : parameterBytes
    row[ortRow.bytes] = Number.isNaN(shown) ? cost.bytes : shown
    // Parameters that are as many as the weights would be, packed, hold them.
    row[ortRow.hiddenWeightBytes] = parameterBytes >= 0.9 * cost.hiddenWeightBytes ? 0 : cost.hiddenWeightBytes
    row[ortRow.m] = whole32(cost.m)
    row[ortRow.n] = whole32(cost.n)
    row[ortRow.k] = whole32(cost.k)
    row[ortRow.flops] = Math.min(Math.round(cost.flops), Number.MAX_SAFE_INTEGER)
    row[ortRow.dataType] = node?.dataType === undefined ? cost.dataType : dataTypeIndex[node.dataType]
    row[ortRow.rows] = cost.rows
    row[ortRow.batch] = cost.batch
    row[ortRow.cacheSlots] = cost.cacheSlots
    row[ortRow.cacheBytes] = cost.cacheBytes
    row[ortRow.facts] = facts
    nodes.add()
  }

  const scanner = new EventScanner(source.name, new JsonScan(OUTPUTS + 1), keys, { onEvent })
  for await (const chunk of checkedChunks(source, tools)) scanner.feed(chunk)
  noteEnding(scanner.finish(), skipped)
  if (nodes.length === 0)
    throw new BadInput(
      { file: source.name },
      'node events that end in _kernel_time',
      skipped.sentence(),
      'profile a session that runs a model',
    )
  if (sessions.restarts > 0) skipped.count('recording behind another one, whose clock begins anew (laid behind it)', sessions.restarts)
  return { nodes, names, modelRuns, skipped, isNested, isDecoder: decoder.isDecoder }
}

function noteEnding(ending: Ending, skipped: Skipped): void {
  if (ending.cut === 'an event') skipped.count('event cut off by the end of the file')
  else if (ending.cut !== undefined) skipped.count('end of the file missing')
  if (ending.strayBackticks > 0) skipped.count('stray backtick', ending.strayBackticks)
}

const whole32 = (value: number): number => (Number.isInteger(value) && value > 0 && value < 2 ** 32 ? value : 0)

/** What stands in a slot, for an error message. */
function found(scan: JsonScan, slot: number): string | undefined {
  if (scan.kind[slot] === ABSENT) return undefined
  return new TextDecoder().decode(scan.buf.subarray(scan.from[slot]!, Math.min(scan.to[slot]!, scan.from[slot]! + 80)))
}
