import { parse } from 'csv-parse/browser/esm/sync'
import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { givenClock, noClock, ticksToNs, type Clock } from '../cycles.js'
import type { ImportTools } from '../format.js'
import { kindOfGraphOp } from '../graph-kinds.js'
import { eachLogLine } from '../log-lines.js'
import { MachineLines } from '../machine-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { untoldRequest } from '../untold-request.js'

interface Node {
  readonly name: string
  readonly value: number
  readonly isCycles: boolean
  readonly place: Place
}

/** Meters of a whole inference, from the outside in. */
type Meter = 'rpcUs' | 'qnnAcceleratorUs' | 'acceleratorUs' | 'acceleratorCycles'

interface Inference {
  readonly nodes: Node[]
  readonly meters: Partial<Record<Meter, number>>
  place: Place | undefined
}

const SCALED_NOTE = 'cycles of ops scaled to the accelerator’s time of their inference'
const GIVEN_NOTE = 'cycles of ops by the clock that was given'
const PLAIN_NOTE = 'times as the file has them; an inference without ops in it is one op'
const MAX_NODES = 100_000
const MAX_LINE = 2000
const fresh = (): Inference => ({ nodes: [], meters: {}, place: undefined })

/** Inferences in the file's order; a new one begins at the ROOT row `Number of HVX threads used`, or where a meter comes
 *  again. Per-op cycles become time by the meters of their inference (`Accelerator (execute) time` in µs and in cycles),
 *  else by those of another one, else by the caller's clock. Without ops (profiling level basic) an inference is one op. Throws `BadInput`. */
export async function readViewer(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  let columns: readonly string[] | undefined
  let open = fresh()
  let held: Inference[] = []
  let heldNodes = 0
  let step = 0
  let known: Clock | undefined
  let hasCycles = false
  let isGiven = false
  const machine = new MachineLines()
  const letGo = (): void => {
    for (const inference of held) addInference(drafts, inference, known, step++)
    held = []
    heldNodes = 0
  }
  const end = (): void => {
    const isUsed = open.nodes.length > 0 || innermost(open) !== undefined
    if (isUsed) {
      held.push(open)
      heldNodes += open.nodes.length + 1
      known = clockOf(open, 'cycles-by-another-root-time') ?? known
      const isInCycles = open.nodes.some((node) => node.isCycles)
      hasCycles ||= isInCycles
      // The clock may come with a later inference only.
      if (known !== undefined || (held.length === 1 && !isInCycles)) letGo()
    }
    open = fresh()
  }
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      if (/^"?Msg Timestamp"?,/.test(text)) {
        if (columns !== undefined) end() // another profile behind the first
        columns = cellsOf(text)?.map((cell) => cell.trim())
        return
      }
      if (columns === undefined) machine.line(text)
      if (columns === undefined || text.trim() === '') return
      if (text.length > MAX_LINE) return skipped.count('row of over 2000 characters')
      const cells = cellsOf(text)
      if (cells === undefined || cells.length < 7) return skipped.count('row that is cut')
      const at = (name: string): string => cells[columns!.indexOf(name)]?.trim() ?? ''
      const [message, unit, name] = [at('Message'), at('Unit of Measurement'), at('Event Identifier')]
      const value = Number(at('Time'))
      const place = { file: source.name, line }
      if (!Number.isFinite(value) || value < 0) throw new BadInput({ ...place, field: 'Time' }, 'a number of 0 or more', at('Time'))
      const meter = meterOf(name, unit)
      if (meter !== undefined) {
        if (open.meters[meter] !== undefined) end()
        open.meters[meter] = value
        open.place ??= place
      } else if (/Number of HVX threads used/i.test(name)) {
        if (open.nodes.length > 0 || open.meters.acceleratorUs !== undefined) end()
      } else if (/^QNN \(finalize\) time/i.test(name) && /^US$/i.test(unit)) {
        drafts.add({ name: 'finalize', type: 'finalize', phase: 'load', durationNs: Math.round(value * 1000) }, place)
      } else if (/NODE/i.test(message) || (/SUB-EVENT/i.test(at('Event Level')) && isOp(name, unit))) {
        if (!/^(CYCLES|US|NS)$/i.test(unit)) return skipped.count(`op in ${unit.slice(0, 20)}`)
        if (open.nodes.length + heldNodes >= MAX_NODES) throw new BadInput(place, `at most ${MAX_NODES} ops before their clock is known`, 'more of them')
        open.nodes.push({ name: name.replace(/\s*\(cycles\)$/i, ''), value: /US/i.test(unit) ? value * 1000 : value, isCycles: /CYCLES/i.test(unit), place })
      } else skipped.count('row of no op and no meter of an execution')
    })
    end()
    if (held.length > 0 && held.some(({ nodes }) => nodes.some((node) => node.isCycles))) {
      known = givenClock(tools)
      isGiven = known !== undefined
    }
    letGo()
    return await drafts.finish({
      device: machine.device() ?? 'unknown (Qualcomm HTP)',
      tool: 'QNN profiling',
      format: 'qnn-profile',
      note: isGiven ? GIVEN_NOTE : hasCycles ? SCALED_NOTE : PLAIN_NOTE,
      requests: untoldRequest,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** Rows under a meter are ops, or parts of the meter itself. */
const isOp = (name: string, unit: string): boolean =>
  (/CYCLES/i.test(unit) || /:OpId_\d+/.test(name)) && !/^(?:Accelerator|QNN|RPC)\b.*\btime\b/i.test(name)

function meterOf(name: string, unit: string): Meter | undefined {
  const isUs = /^US$/i.test(unit)
  if (/^Accelerator \(execute\) time(?: \(cycles\))?$/i.test(name)) return isUs ? 'acceleratorUs' : /^CYCLES$/i.test(unit) ? 'acceleratorCycles' : undefined
  if (!isUs) return undefined
  return /^RPC \(execute\) time$/i.test(name) ? 'rpcUs' : /^QNN accelerator \(execute\) time$/i.test(name) ? 'qnnAcceleratorUs' : undefined
}

/** The clock by the inference's own meters. */
function clockOf({ meters: { acceleratorUs, acceleratorCycles } }: Inference, rule: string): Clock | undefined {
  const nsATick = acceleratorUs === undefined || acceleratorCycles === undefined ? NaN : (acceleratorUs * 1000) / acceleratorCycles
  return Number.isFinite(nsATick) && nsATick > 0 ? { nsATick, rule } : undefined
}

const innermost = ({ meters }: Inference): number | undefined => meters.acceleratorUs ?? meters.qnnAcceleratorUs ?? meters.rpcUs

function addInference(drafts: OpDrafts, inference: Inference, known: Clock | undefined, step: number): void {
  const { nodes, meters } = inference
  const place = inference.place ?? nodes[0]!.place
  const clock = clockOf(inference, 'cycles-by-root-time') ?? known
  const inner = innermost(inference)
  for (const node of nodes) addNode(drafts, node, clock, step)
  if (nodes.length === 0 && inner !== undefined)
    drafts.add({ name: 'inference', type: 'execute', phase: 'other', step, processor: 'npu', lane: 'HTP', durationNs: Math.round(inner * 1000), rules: { step: 'root-rows' } }, place)
  const transportUs = (meters.rpcUs ?? NaN) - (meters.qnnAcceleratorUs ?? meters.acceleratorUs ?? NaN)
  if (transportUs > 0)
    drafts.add({ name: 'transport', type: 'transport', kind: 'dispatch', phase: 'other', step, durationNs: Math.round(transportUs * 1000), rules: { kind: 'outer-less-inner-meter', step: 'root-rows', durationNs: 'outer-less-inner-meter' } }, place)
}

function addNode(drafts: OpDrafts, { name, value, isCycles, place }: Node, clock: Clock | undefined, step: number): void {
  if (isCycles && clock === undefined) throw noClock({ ...place, field: 'Time' }, `${value} cycles`)
  const type = name.replace(/:OpId_\d+.*$/, '')
  const timed = isCycles ? { durationNs: ticksToNs(value, clock!), rule: clock!.rule } : { durationNs: Math.round(value), rule: undefined }
  drafts.add(
    {
      name,
      type,
      kind: kindOfGraphOp(type),
      phase: 'other',
      step,
      layer: layerOfOpName(type),
      processor: 'npu',
      lane: 'HTP',
      durationNs: timed.durationNs,
      rules: { kind: 'op-name', layer: 'node-name', step: 'root-rows', ...(timed.rule === undefined ? {} : { durationNs: timed.rule }) },
    },
    place,
  )
}

function cellsOf(line: string): string[] | undefined {
  try {
    return parse(line, { relax_column_count: true, relax_quotes: true, bom: true })[0] as string[] | undefined
  } catch {
    return undefined
  }
}
