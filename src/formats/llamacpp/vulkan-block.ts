import type { VulkanRow } from './vulkan-row.js'

/** A graph of a block. */
export interface BlockGraph {
  readonly tokens: number
  readonly batch: number
  readonly cached: number
  readonly hasHead: boolean
  readonly isModel: boolean
}

/** The graphs of a block, and which of its rows are of which. */
export interface Block {
  readonly prefills: readonly BlockGraph[]
  readonly decodes: readonly BlockGraph[]
  readonly ofPrefill: readonly VulkanRow[]
  readonly ofDecode: readonly VulkanRow[]
  readonly ofAll: readonly VulkanRow[]
}

const MAX_GRAPHS = 100_000
/** Rows for one token that a prefill has too: its last layer's, behind the rows whose logits are wanted. */
const TAIL = 4

/** A block is a graph, or many where a frequency was set. The vocabulary head (the widest row for one token) runs once in each graph
 *  that wants logits; a prefill has rows for several tokens, and a row of flash attention for each length of its cache. A
 *  block without a matmul, or one with convolutions, is no pass of a language model. */
export function blockOf(rows: readonly VulkanRow[]): Block {
  const isModel = rows.some(({ kind, tokens }) => kind === 'matmul' && tokens > 0) && !rows.some(({ name }) => /^(CONV_\dD|IM2COL)/.test(name))
  if (!isModel) return { prefills: [{ tokens: 1, batch: 1, cached: 0, hasHead: false, isModel }], decodes: [], ofPrefill: [], ofDecode: [], ofAll: rows }
  let head: VulkanRow | undefined
  for (const row of rows) if (row.kind === 'matmul' && row.tokens === 1 && row.outputs > (head?.outputs ?? 0)) head = row
  const heads = Math.min(MAX_GRAPHS, head?.count ?? 0)
  let ones = 0
  for (const row of rows) if (row !== head && row.tokens === 1 && row.kind === 'matmul') ones = Math.max(ones, row.count)
  const isPrefill = rows.some(({ kind, tokens }) => kind === 'matmul' && tokens > 1)
  const hasDecode = !isPrefill || ones > TAIL * Math.max(1, heads)
  const graphs = isPrefill ? prefillsOf(rows, hasDecode ? 1 : Math.max(1, heads)) : []
  const decodes = hasDecode ? Math.max(isPrefill ? 0 : 1, heads - (isPrefill ? graphs.length : 0)) : 0
  const withHead = Math.max(0, heads - decodes)
  const prefills = graphs.map((graph, i) => ({ ...graph, hasHead: i >= graphs.length - withHead }))
  const { cached, batch } = rows.find(({ tokens, kind }) => kind === 'attention' && tokens === 1) ?? { cached: 0, batch: 1 }
  const step: BlockGraph = { tokens: 1, batch: 1, cached, hasHead: true, isModel }
  const made = { prefills, decodes: Array.from({ length: decodes }, () => (batch > 1 ? { ...step, tokens: batch, batch } : step)) }
  if (prefills.length === 0 || decodes === 0) return { ...made, ofPrefill: [], ofDecode: [], ofAll: rows }
  const isOfAll = (row: VulkanRow): boolean => row.tokens === 0 || (row === head && withHead === prefills.length)
  return {
    ...made,
    ofPrefill: rows.filter((row) => row.tokens > 1 && !isOfAll(row)),
    ofDecode: rows.filter((row) => row.tokens === 1 && !isOfAll(row)),
    ofAll: rows.filter(isOfAll),
  }
}

/** The prefills of a block, the longest pieces of a prompt first; `otherwise` how many there are where attention does not tell. */
function prefillsOf(rows: readonly VulkanRow[], otherwise: number): Omit<BlockGraph, 'hasHead'>[] {
  const lengths = new Set<number>()
  for (const { kind, tokens } of rows) if (kind === 'matmul' && tokens > 1) lengths.add(tokens)
  const made: Omit<BlockGraph, 'hasHead'>[] = []
  for (const tokens of lengths) {
    const attention = rows.filter((row) => row.kind === 'attention' && row.tokens === tokens && row.cached > 0 && row.name.startsWith('FLASH'))
    const least = attention.reduce((min, { count }) => Math.min(min, count), Infinity)
    const batch = attention[0]?.batch ?? 1
    if (attention.length === 0) for (let i = 0; i < (lengths.size === 1 ? otherwise : 1); i++) made.push({ tokens, batch: 1, cached: 0, isModel: true })
    for (const { cached, count } of attention) for (let i = 0; i < Math.round(count / least) && made.length < MAX_GRAPHS; i++) made.push({ tokens: tokens * batch, batch, cached, isModel: true })
  }
  return made.sort((a, b) => a.cached - b.cached || b.tokens - a.tokens)
}
