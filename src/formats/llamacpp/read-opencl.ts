import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import { decimalToNs } from '../decimal-text.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, layerOfOpName, roleOfName } from '../op-roles.js'
import type { OpKind } from '../../trace/words.js'
import { Skipped } from '../skipped.js'
import { cachedOf, typeOfGgml, type Dims } from './ggml.js'
import { Graphs, graphRules } from './graphs.js'
import { LogFacts } from './log-facts.js'
import { Known, Node, type OpWords } from './node.js'
import { OpenclSizes, weightTypeOfKernel } from './opencl-sizes.js'

/** From the right: names carry blanks, brackets and perhaps commas, and no quotes. */
const ROW = /^(.{1,1000}),([\w$]{1,200}),\s*([\d.eE+-]{1,24}),\s*(\d+x\d+x\d+),\s*(\d+x\d+x\d+),\s*(\d{1,9})x(\d{1,9})x(\d{1,9})x(\d{1,9})\s*$/

/** Reads kernels in order of submission; an op may be several. What rows do not say (inner dimensions) the sizes of their graph
 *  tell. Throws `BadInput`. */
export async function readOpencl(source: Source, into: TraceWriter, tools: ImportTools): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  const sizes = new OpenclSizes()
  const graphs = new Graphs(drafts, (nodes) => sizes.fill(nodes))
  const log = new LogFacts()
  const known = new Known<OpWords>()
  let rows = 0
  try {
    await eachLogLine(source, tools, skipped, (text, line) => {
      const row = ROW.exec(text)
      if (row === null) {
        const isTitle = /^\ufeff?op name,/.test(text)
        // A title behind rows is another recording's.
        if (log.see(text) || (isTitle && rows > 0)) graphs.restart()
        if (/\S/.test(text) && !isTitle) skipped.count('line that is no kernel row')
        return
      }
      rows++
      const place = { file: source.name, line }
      const [, name, kernel, ms, , , n0, n1, n2, n3] = row as unknown as string[]
      const durationNs = decimalToNs(ms!, 'ms')
      if (Number.isNaN(durationNs)) throw new BadInput({ ...place, field: 'exec duration (ms)' }, 'milliseconds', ms)
      const dims: Dims = [Number(n0), Number(n1), Number(n2), Number(n3)]
      const said = known.of(`${kernel} ${name} ${dims.join()}`, () => rowWords(kernel!, name!, dims))
      const node = new Node(name!, kernel!, durationNs, said, said.kind === 'matmul' ? matmulRules : rowRules, place)
      node.processor = 'gpu'
      graphs.node(node)
    })
    const requests = graphs.requests()
    const note = graphs.note()
    return await drafts.finish({
      device: log.device.or('unknown GPU (OpenCL)'),
      tool: 'llama.cpp OpenCL backend',
      format: 'llamacpp-opencl-profile',
      ...(note === undefined ? {} : { note }),
      requests,
      hints: log.hints(graphs.weightType()),
      skipped,
    })
  } finally {
    drafts.close()
  }
}

const rowRules = { ...graphRules, kind: 'kernel-name', layer: 'tensor-name' } as const
const matmulRules = { ...rowRules, m: 'output-size', n: 'output-size' } as const

/** What a row says but its time. */
function rowWords(kernel: string, name: string, dims: Dims): OpWords {
  const kind = kindOfKernel(kernel, name)
  const isMatmul = kind === 'matmul'
  const weights = isMatmul ? weightTypeOfKernel(kernel) : ''
  return {
    kind,
    dataType: typeOfGgml(weights),
    layer: layerOfOpName(name),
    words: name,
    weights,
    dims,
    cached: cachedOf('', name, [], { dims, type: '' }),
    m: isMatmul ? dims[1] * dims[2] * dims[3] : 0,
    n: isMatmul ? dims[0] : 0,
    k: 0,
    flops: undefined,
    bytes: undefined,
  }
}

/** A kernel is what its name says; products of attention and rows that are no embedding's are told by the op's. */
function kindOfKernel(kernel: string, name: string): OpKind {
  const kind = kindOfOpWord(kernel.replace(/^kernel_/, ''))
  if (kind === 'matmul' && /^kqv?(-|$)/.test(name)) return 'attention'
  return kind === 'embedding' && roleOfName(name) !== 'embedding' ? 'copy' : kind
}
