import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { Expansion, type Aggregate } from '../expansion.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { TableReader, type OpTable } from './tables.js'

/** Op tables of a log become ops: a prefill's totals are shared out over its layers, a decode's over its tokens. Tables
 *  of nothing but zeros are counted. Throws `BadInput`: no table. */
export async function readLlmrsTables(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const reader = new TableReader()
  let [model, promptTokens, layers, backend] = ['', 0, 0, '']
  await eachLogLine(source, tools, skipped, (text, line) => {
    reader.line(text, { file: source.name, line })
    model = /^Loading model from (\S{1,400})/.exec(text)?.[1]?.split(/[\\/]/).at(-1) ?? model
    promptTokens = Number(/^Token Length: (\d{1,9})/.exec(text)?.[1] ?? /^Prefill: [\d.]+ ms \((\d{1,9}) tokens/.exec(text)?.[1] ?? promptTokens)
    layers = Number(/layers=(\d{1,5})/.exec(text)?.[1] ?? layers)
    backend ||= /\[CUDA/.test(text) ? 'CUDA' : /opencl|noshuffle/i.test(text) ? 'OpenCL' : ''
  })
  const drafts = new OpDrafts(source, into, tools)
  const expansion = new Expansion(drafts)
  const processor = backend === '' ? 'cpu' : 'gpu'
  let steps = 0
  try {
    for (const table of reader.tables) {
      const rows = table.rows.filter(({ totalNs }) => totalNs > 0)
      if (rows.length === 0) {
        skipped.count('table of zeros')
        continue
      }
      const sum = table.rows.reduce((all, { totalNs }) => all + totalNs, 0)
      // Totals in ms are rounded a row: they may miss the printed one by half a µs each.
      if (!(Math.abs(sum - table.totalNs) <= 1000 * table.rows.length)) skipped.count('table whose rows do not add up to its total')
      const made = rows.map((row): Aggregate => {
        const kind = kindOfOpWord(row.op)
        const tokens = table.phase === 'prefill' ? promptTokens : 1
        return { ...row, draft: { name: row.op, kind, processor, ...(kind === 'matmul' ? { m: tokens } : {}), rules: rulesOf(table, kind === 'matmul') } }
      })
      const passes = Math.min(100_000, Math.max(1, table.over))
      let pass = 0
      const first = steps
      await expansion.spread(made, passes, () =>
        table.phase === 'prefill' ? { phase: 'prefill', step: 0, request: 0, layer: pass++ } : { phase: 'decode', step: first + ++pass, request: 0 },
      )
      if (table.phase === 'decode') steps = first + passes
    }
    if (drafts.length === 0)
      throw new BadInput({ file: source.name, byteOffset: 0 }, 'op tables with times', skipped.sentence(), 'a run record or decode steps hold rates: `worldswitch devices fit --from FILE --model M`')
    return await drafts.finish({
      device: backend === '' ? 'unknown CPU (llm_rs2)' : `unknown GPU (llm_rs2, ${backend})`,
      tool: 'llm_rs2',
      format: 'llmrs-profile',
      note: 'totals an operator: shared out evenly over layers or tokens',
      requests: [{ id: 'request-1', arrivalNs: 0, promptTokens, outputTokens: steps + (promptTokens > 0 ? 1 : 0) }],
      hints: { name: model, ...(layers > 0 ? { layers } : {}) },
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function rulesOf({ phase }: OpTable, isMatmul: boolean): Record<string, string> {
  return {
    kind: 'op-name',
    durationNs: phase === 'prefill' ? 'mean-of-layers' : 'mean-of-count',
    ...(phase === 'prefill' ? { layer: 'mean-of-layers' } : { step: 'mean-of-tokens' }),
    ...(isMatmul ? { m: 'tokens-of-phase' } : {}),
  }
}
