import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { MachineLines } from '../machine-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfGraphOp } from '../graph-kinds.js'
import { Skipped } from '../skipped.js'
import { untoldRequest } from '../untold-request.js'
import { parseGraphName } from './graph-name.js'

const EVENT = /\[([\w.-]{1,80})\]\[([^\]]{1,4000})\]qnn_profile: \[(\w{1,40})\]\[([^\]]{1,200})\] [A-Z_]{2,30} : (\d{1,15}) ([A-Z]{1,20})/
const GRAPH = 'graph name is '
const DURATION = /\[profiler\]\[([^\]]{1,80})\]\[[^\]]{1,4000}\].{0,200}?duration time: ([\d.]{1,20}) ms/
/** Meters of one execution from the outside in: each encloses those behind it. */
const METERS = ['QNN', 'RPC', 'QNN accelerator', 'Accelerator'] as const

interface Execution {
  readonly device: string
  readonly graph: string
  readonly what: 'execute' | 'finalize'
  readonly us: Partial<Record<(typeof METERS)[number], number>>
  line: number
}

/** Nested meters become one op a graph (the innermost meter) and what each outer one adds (`transport`). Building a
 *  graph is of phase load. Throws `BadInput`. */
export async function readQnnLog(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  let open: Execution | undefined
  let graphName = ''
  const machine = new MachineLines()
  const flush = (): void => {
    if (open !== undefined) add(drafts, open, source.name)
    open = undefined
  }
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      machine.line(text)
      const event = EVENT.exec(text.slice(0, 10_000))
      if (event !== null) {
        const [, device, graph, , name, value, unit] = event as unknown as string[]
        const meter = /^(.{1,40}?) \((execute|finalize)\) time$/.exec(name!)
        if (meter === null || unit !== 'US' || !(METERS as readonly string[]).includes(meter[1]!)) return skipped.count(`event ${name!.slice(0, 60)} in ${unit}`)
        const what = meter[2] as Execution['what']
        const key = meter[1] as (typeof METERS)[number]
        if (open === undefined || open.graph !== graph || open.what !== what || open.us[key] !== undefined) {
          flush()
          open = { device: device!, graph: graph!, what, us: {}, line }
        }
        open.us[key] = Number(value)
        return
      }
      const named = text.indexOf(GRAPH)
      if (named >= 0) graphName = text.slice(named + GRAPH.length, named + GRAPH.length + 4000).trim()
      const timed = DURATION.exec(text.slice(0, 10_000))
      if (timed === null) {
        if (/qnn_profile: \[(?!.*\]\[.*\] [A-Z_]{2,30} : \d+ [A-Z]+)/.test(text.slice(0, 10_000)) || /^.{0,80}\[profiler\]\[/.test(text)) skipped.count('event that is cut')
        return
      }
      const durationNs = decimalToNs(timed[2]!, 'ms')
      if (Number.isNaN(durationNs)) throw new BadInput({ file: source.name, line, field: 'duration time' }, 'milliseconds', timed[2])
      flush()
      drafts.add(opOf(graphName || 'graph', timed[1]!, durationNs), { file: source.name, line })
    })
    flush()
    return await drafts.finish({
      device: machine.device() ?? 'unknown (Qualcomm HTP)',
      tool: 'llama.cpp QNN backend',
      format: 'qnn-profile',
      note: 'one op a graph, which may hold several fused operators',
      requests: untoldRequest,
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function add(drafts: OpDrafts, { device, graph, what, us, line }: Execution, file: string): void {
  const known = METERS.flatMap((meter) => (us[meter] === undefined ? [] : [us[meter]]))
  const inner = known.at(-1)!
  const outer = Math.max(known[0]!, inner)
  const place = { file, line }
  if (what === 'finalize') {
    drafts.add({ name: `finalize ${graph}`, type: 'finalize', phase: 'load', lane: device, durationNs: outer * 1000 }, place)
    return
  }
  drafts.add(opOf(graph, device, inner * 1000), place)
  if (outer > inner)
    drafts.add({ name: `transport of ${graph}`, type: 'transport', kind: 'dispatch', phase: 'other', lane: device, durationNs: (outer - inner) * 1000, rules: { kind: 'outer-less-inner-meter', durationNs: 'outer-less-inner-meter' } }, place)
}

function opOf(graph: string, device: string, durationNs: number): Parameters<OpDrafts['add']>[0] {
  const { type, shape } = parseGraphName(graph)
  return {
    name: graph,
    type,
    kind: kindOfGraphOp(type),
    phase: 'other',
    processor: /cpu/i.test(device) ? 'cpu' : /gpu/i.test(device) ? 'gpu' : 'npu',
    lane: device,
    durationNs,
    ...shape,
    rules: { kind: 'graph-name', ...(shape === undefined ? {} : { m: 'graph-name', n: 'graph-name', k: 'graph-name' }) },
  }
}
