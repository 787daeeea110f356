import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import { kindOfGgmlOp } from './ggml.js'
import { Graphs, graphRules } from './graphs.js'
import { LogFacts } from './log-facts.js'
import { Known, Node, NodeRules, besideOp, opWords, type OpWords } from './node.js'

const ITREX = /perf_total_per_op_us\[\s*([\w.]{1,80})\s*\]\s*=\s*([\d.]{1,20}) ms/

/** Nodes in graph order. Waiting at the barrier behind a node (sync) is an op of its own: `barrier`, which computes nothing.
 *  Throws `BadInput`. */
export async function readGraphProfiler(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs(drafts)
  const log = new LogFacts()
  const reading: Reading = { graphs, known: new Known(), rules: new NodeRules() }
  let lastNode = Infinity
  let block = 0
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const place = { file: source.name, line }
      if (/GRAPH Profiling/i.test(text)) return void block++
      const total = ITREX.exec(text)
      if (total !== null) return addTotal(drafts, Math.max(1, block), skipped, total, place)
      const cells = text.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
      if (cells.length < 7 || !/^\d{1,6}$/.test(cells[0]!)) {
        if (log.see(text)) graphs.restart()
        if (/\S/.test(text) && !/node idx|^\s*\|?\s*:?-/.test(text)) skipped.count('line that is no node')
        return
      }
      const node = Number(cells[0])
      addNode(reading, cells, node <= lastNode, place)
      lastNode = node
    })
    const requests = graphs.requests()
    const note = graphs.note()
    return await drafts.finish({
      device: log.device.or('unknown CPU (ggml)'),
      tool: 'ggml graph profiler',
      format: 'ggml-graph-profiler',
      ...(note === undefined ? {} : { note }),
      requests,
      hints: log.hints(graphs.weightType()),
      skipped,
    })
  } finally {
    drafts.close()
  }
}

interface Reading {
  readonly graphs: Graphs
  readonly known: Known<OpWords>
  readonly rules: NodeRules
}

function addNode({ graphs, known, rules }: Reading, cells: readonly string[], isFirst: boolean, place: Place): void {
  const type = cells[1]!
  const proc = wholeNs(cells[2]!, 'proc (nsec)', place)
  const sync = wholeNs(cells[3]!, 'sync (nsec)', place)
  const name = (cells.length === 8 ? cells[7]! : cells.slice(7).join('|')) || type
  const [dims, types] = [cells[5]!, cells[6]!]
  const said = known.of(`${type}|${name}|${dims}|${types}`, () => opWords(type, name, [], dims, types))
  graphs.node(new Node(name, type, proc, said, rules.of(nodeRules, said), place), isFirst)
  if (sync > 0) graphs.node(new Node(`barrier behind ${name}`, 'barrier', sync, known.of(`barrier|${said.layer}`, () => besideOp('dispatch', said.layer)), nodeRules, place))
}

const nodeRules = { ...graphRules, kind: 'op-name', layer: 'tensor-name' } as const

/** The key says us, its value is ms. */
function addTotal(drafts: OpDrafts, step: number, skipped: Skipped, [, type, ms]: RegExpExecArray, place: Place): void {
  const durationNs = decimalToNs(ms!, 'ms')
  if (Number.isNaN(durationNs)) throw new BadInput({ ...place, field: 'perf_total_per_op_us' }, 'milliseconds', ms)
  if (durationNs === 0) return skipped.count('op without time')
  drafts.add({ name: type!, kind: kindOfGgmlOp(type!, ''), phase: 'other', step, request: 0, durationNs, rules: { step: 'block-is-a-graph', kind: 'op-name', durationNs: 'total-of-type' } }, place)
}

function wholeNs(text: string, field: string, place: Place): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new BadInput({ ...place, field }, 'whole ns', text)
}
