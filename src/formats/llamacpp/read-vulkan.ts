import { BadInput, type Place } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import { Expansion, type Aggregate } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { Graphs, typeOfGgml } from './ggml.js'

const ROW = /^\s{0,40}(\S.{0,600}?): (\d{1,12}) x ([\d.]{1,20}(?:e[+-]?\d{1,3})?) (ms|us)(?: = ([\d.]{1,20}(?:e[+-]?\d{1,3})?) us)?\s*(?:\(.{0,60}\))?\s*$/

interface Row extends Aggregate {
  readonly isDecode: boolean
  readonly tokens: number
  readonly outputs: number
}

/** A block is a graph, or many where a frequency was set: then the vocabulary head's count tells how many. Counts are
 *  expanded, the block's ops in the order of the file. Throws `BadInput`. */
export async function readVulkan(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs()
  const expansion = new Expansion(drafts)
  let rows: Row[] = []
  let isOldest = false
  const blocks: Row[][] = []
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      if (/^\s*Vulkan Timings:/.test(text)) {
        rows = []
        blocks.push(rows)
        if (blocks.length > 200_000) throw new BadInput({ file: source.name, line }, 'at most 200000 blocks', 'more of them')
        return
      }
      const found = ROW.exec(text)
      if (found === null) {
        if (/\S/.test(text) && !/^\s*-{4,}\s*(>.*)?$|^\s*Total time: /.test(text)) skipped.count('line that is no timing')
        return
      }
      if (blocks.length === 0) blocks.push(rows)
      isOldest ||= found[4] === 'ms'
      rows.push(rowOf(found, { file: source.name, line }))
    })
    for (const block of blocks) {
      if (block.length === 0) continue
      const isDecode = !block.some((row) => !row.isDecode && row.tokens > 1)
      // Graphs of a block: the head (the widest output for one token) runs once in each.
      const head = block.filter((row) => row.isDecode).sort((a, b) => b.outputs - a.outputs)[0]
      const count = isDecode ? Math.min(100_000, Math.max(1, head?.count ?? 1)) : 1
      const tokens = Math.max(1, ...block.map((row) => row.tokens))
      await expansion.spread(block, count, () => {
        graphs.graph(isDecode ? 1 : tokens)
        return { phase: graphs.phase, step: graphs.step, request: graphs.request }
      })
    }
    return await drafts.finish({
      device: 'unknown GPU (Vulkan)',
      tool: 'llama.cpp Vulkan backend',
      format: 'llamacpp-vulkan-perf',
      note: `totals an op and graph, without order or layers${isOldest ? '; the oldest form prints µs as `ms` (by their size): read as µs' : ''}`,
      requests: graphs.requests(),
      skipped,
    })
  } finally {
    drafts.close()
  }
}

/** `MUL_MAT_VEC q8_0 m=12288 n=1 k=2048`: m outputs, n tokens, k inner. */
function rowOf([, name, countText, valueText, unit, totalText]: RegExpExecArray, place: Place): Row {
  const count = Number(countText)
  const meanNs = decimalToNs(valueText!, 'us')
  const printed = totalText === undefined ? NaN : decimalToNs(totalText, 'us')
  const totalNs = totalText === undefined ? meanNs * count : printed
  if (!Number.isSafeInteger(totalNs)) throw new BadInput({ ...place, field: 'time' }, 'a time below 2^53 ns', valueText)
  const at = (key: string): number => Number(new RegExp(`(?:^| )${key}=(\\d{1,9})(?= |$)`, 'i').exec(name!)?.[1] ?? 0)
  const word = name!.split(' ').find((one) => /^(MUL_MAT|FLASH_ATTN|CONV)/.test(one)) ?? name!.split(' ').at(-1)!
  const kind = kindOfOpWord(/^[A-Z_0-9]+/.exec(name!.startsWith('MUL_MAT') ? 'MUL_MAT' : word)?.[0] ?? name!)
  const isVec = /MUL_MAT(?:_ID)?_VEC/.test(name!)
  const [outputs, k] = [at('m'), at('k')]
  const tokens = isVec ? Math.max(1, /MUL_MAT_ID/.test(name!) ? 1 : at('n')) : at('n')
  const type = / (b?f\d+|q\d\w*|iq\d\w*|mxfp4)(?= |$)/.exec(name!)?.[1]
  return {
    place,
    count,
    totalNs,
    isDecode: isVec || tokens === 1,
    tokens,
    outputs,
    draft: {
      name: name!,
      type: name!.split(' ')[0]!,
      kind,
      processor: 'gpu',
      ...(type === undefined ? {} : { dataType: typeOfGgml(type) }),
      ...(kind === 'matmul' && outputs > 0 && k > 0 ? { m: /MUL_MAT_ID/.test(name!) ? Math.max(1, at('n')) : tokens, n: outputs, k } : {}),
      rules: { kind: 'op-name', phase: 'tokens-of-block', step: 'head-count', request: 'tokens-of-block', durationNs: unit === 'ms' ? 'mean-of-count, ms-are-us' : 'mean-of-count' },
    },
  }
}
