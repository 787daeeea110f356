import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { Graphs, dimsOf, graphRules, typeOfGgml } from './ggml.js'

const ITREX = /perf_total_per_op_us\[\s*([\w.]{1,80})\s*\]\s*=\s*([\d.]{1,20}) ms/

/** Nodes in graph order. Waiting at the barrier behind a node (sync) is an op of its own: `barrier`. Throws `BadInput`. */
export async function readGraphProfiler(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs()
  let lastNode = Infinity
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const place = { file: source.name, line }
      if (/GRAPH Profiling/i.test(text)) return graphs.graph(1)
      const total = ITREX.exec(text)
      if (total !== null) {
        if (graphs.request < 0) graphs.graph(1)
        return addTotal(drafts, graphs, skipped, total, place)
      }
      const cells = text.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim())
      if (cells.length < 7 || !/^\d{1,6}$/.test(cells[0]!)) {
        if (/\S/.test(text) && !/node idx|^\s*\|?\s*:?-/.test(text)) skipped.count('line that is no node')
        return
      }
      const node = Number(cells[0])
      addNode(drafts, graphs, cells, node <= lastNode, place)
      lastNode = node
    })
    return await drafts.finish({ device: 'unknown CPU (ggml)', tool: 'ggml graph profiler', format: 'ggml-graph-profiler', requests: graphs.requests(), skipped })
  } finally {
    drafts.close()
  }
}

function addNode(drafts: OpDrafts, graphs: Graphs, cells: readonly string[], isFirst: boolean, place: Place): void {
  const [, type, procText, syncText, , dims, types, ...names] = cells as [string, string, string, string, string, string, string, ...string[]]
  const proc = wholeNs(procText, 'proc (nsec)', place)
  const sync = wholeNs(syncText, 'sync (nsec)', place)
  const name = names.join('|') || type
  const [sources, output] = dims.split('->')
  const to = dimsOf(output ?? '')
  const weights = dimsOf(sources!.split(' x ')[0]!)
  if (isFirst) graphs.graph(to?.[1] ?? 1)
  const kind = kindOfOpWord(type)
  const isMatmul = kind === 'matmul' && to !== undefined && weights !== undefined
  const common = { phase: graphs.phase, step: graphs.step, request: graphs.request, layer: layerOfOpName(name) } as const
  drafts.add(
    {
      ...common,
      name,
      type,
      kind,
      dataType: typeOfGgml(types.split(/ x |->/)[0]!.trim()),
      durationNs: proc,
      ...(isMatmul ? { m: to[1] * to[2] * to[3], n: to[0], k: weights[0] } : {}),
      rules: { ...graphRules, kind: 'op-name', layer: 'tensor-name', ...(isMatmul ? { m: 'dims', n: 'dims', k: 'dims' } : {}) },
    },
    place,
  )
  if (sync > 0) drafts.add({ ...common, name: `barrier behind ${name}`, type: 'barrier', durationNs: sync, rules: { ...graphRules, layer: 'tensor-name' } }, place)
}

/** The key says us, its value is ms. */
function addTotal(drafts: OpDrafts, graphs: Graphs, skipped: Skipped, [, type, ms]: RegExpExecArray, place: Place): void {
  const durationNs = decimalToNs(ms!, 'ms')
  if (Number.isNaN(durationNs)) throw new BadInput({ ...place, field: 'perf_total_per_op_us' }, 'milliseconds', ms)
  if (durationNs === 0) return skipped.count('op without time')
  drafts.add(
    { name: type!, kind: kindOfOpWord(type!), phase: 'other', step: graphs.step, request: graphs.request, durationNs, rules: { step: 'block-is-a-graph', kind: 'op-name', durationNs: 'total-of-type' } },
    place,
  )
}

function wholeNs(text: string, field: string, place: Place): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new BadInput({ ...place, field }, 'whole ns', text)
}
