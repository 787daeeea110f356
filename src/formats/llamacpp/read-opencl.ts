import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName } from '../op-roles.js'
import { Skipped } from '../skipped.js'
import { Graphs, graphRules } from './ggml.js'

/** From the right: names carry blanks, brackets and perhaps commas, and no quotes. */
const ROW = /^(.{1,1000}),([\w$]{1,200}),\s*([\d.eE+-]{1,24}),\s*(\d+x\d+x\d+),\s*(\d+x\d+x\d+),\s*(\d{1,9})x(\d{1,9})x(\d{1,9})x(\d{1,9})\s*$/

/** Reads kernels in order of submission; an op may be several. Throws `BadInput`. */
export async function readOpencl(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const graphs = new Graphs()
  let before = ''
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const row = ROW.exec(text)
      if (row === null) {
        if (/\S/.test(text) && !/^\ufeff?op name,/.test(text)) skipped.count('line that is no kernel row')
        return
      }
      const place = { file: source.name, line }
      const [, name, kernel, ms, , , n0, n1, n2, n3] = row as unknown as string[]
      const durationNs = decimalToNs(ms!, 'ms')
      if (Number.isNaN(durationNs)) throw new BadInput({ ...place, field: 'exec duration (ms)' }, 'milliseconds', ms)
      // Kernels of one op stand together: only the first of them can begin a graph.
      if (name !== before) graphs.op(name!, Number(n1))
      before = name!
      const kind = kindOfOpWord(kernel!.replace(/^kernel_/, ''))
      const isMatmul = kind === 'matmul'
      drafts.add(
        {
          name: name!,
          type: kernel!,
          kind,
          phase: graphs.phase,
          step: graphs.step,
          request: graphs.request,
          layer: layerOfOpName(name!),
          processor: 'gpu',
          durationNs,
          ...(isMatmul ? { m: Number(n1) * Number(n2) * Number(n3), n: Number(n0) } : {}),
          rules: { ...graphRules, kind: 'kernel-name', layer: 'tensor-name', ...(isMatmul ? { m: 'output-size', n: 'output-size' } : {}) },
        },
        place,
      )
    })
    return await drafts.finish({
      device: 'unknown GPU (OpenCL)',
      tool: 'llama.cpp OpenCL backend',
      format: 'llamacpp-opencl-profile',
      requests: graphs.requests(),
      skipped,
    })
  } finally {
    drafts.close()
  }
}
