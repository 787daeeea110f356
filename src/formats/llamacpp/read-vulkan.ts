import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { Expansion } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import { Graphs } from './graphs.js'
import { LogFacts } from './log-facts.js'
import { blockOf } from './vulkan-block.js'
import { vulkanRow, withAttention, type VulkanRow } from './vulkan-row.js'

const MAX_BLOCKS = 200_000

interface Rows {
  readonly rows: VulkanRow[]
  /** A model was loaded ahead of it. */
  readonly isRestart: boolean
}

/** Blocks of counts are expanded, a block's ops in the order of the file. Throws `BadInput`. */
export async function readVulkan(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs(drafts)
  const expansion = new Expansion(drafts)
  const log = new LogFacts()
  const blocks: Rows[] = []
  let isOldest = false
  let isRestart = false
  const begin = (line: number): void => {
    if (blocks.length === MAX_BLOCKS) throw new BadInput({ file: source.name, line }, `at most ${MAX_BLOCKS} blocks`, 'more of them')
    blocks.push({ rows: [], isRestart })
    isRestart = false
  }
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      if (/^\s*Vulkan Timings:/.test(text)) return begin(line)
      const row = vulkanRow(text, { file: source.name, line })
      if (row === undefined) {
        isRestart = log.see(text) || isRestart
        if (/\S/.test(text) && !/^\s*-{4,}\s*(>.*)?$|^\s*Total time: /.test(text)) skipped.count('line that is no timing')
        return
      }
      if (blocks.length === 0) begin(line)
      isOldest ||= row.draft.rules!['durationNs'] !== 'mean-of-count'
      blocks.at(-1)!.rows.push(row)
    })
    for (const { rows, isRestart } of blocks) {
      if (isRestart) graphs.restart()
      if (rows.length > 0) await expand(withAttention(rows), graphs, expansion)
    }
    return await drafts.finish({
      device: log.device.or('unknown GPU (Vulkan)'),
      tool: 'llama.cpp Vulkan backend',
      format: 'llamacpp-vulkan-perf',
      note: `totals an op and graph, without order or layers${isOldest ? '; the oldest form prints µs as `ms` (by their size): read as µs' : ''}`,
      requests: graphs.requests(),
      hints: log.hints(weightType(blocks)),
      skipped,
      isUnordered: true,
    })
  } finally {
    drafts.close()
  }
}

async function expand(rows: readonly VulkanRow[], graphs: Graphs, expansion: Expansion): Promise<void> {
  const { prefills, decodes, ofPrefill, ofDecode, ofAll } = blockOf(rows)
  const prefill = expansion.shares(ofPrefill, prefills.length)
  const decode = expansion.shares(ofDecode, decodes.length)
  const all = expansion.shares(ofAll, prefills.length + decodes.length)
  for (const graph of [...prefills, ...decodes]) {
    const at = graphs.counted(graph)
    await all(at)
    await (at.phase === 'decode' ? decode : prefill)(at)
  }
}

/** The type that most of the matmuls' time was spent on; '': no row has one. */
function weightType(blocks: readonly Rows[]): string {
  const byType = new Map<string, number>()
  for (const { rows } of blocks) for (const { kind, type, totalNs } of rows) if (kind === 'matmul' && type !== '') byType.set(type, (byType.get(type) ?? 0) + totalNs)
  let most = ''
  for (const [type, ns] of byType) if (ns > (byType.get(most) ?? 0)) most = type
  return most
}
