import { collectTrace } from '../trace/collect.js'
import type { Trace } from '../trace/trace.js'
import { kindIndex, phaseIndex } from '../trace/words.js'

/** A recording of many requests, each of one operator on a small model: what a replay does a request is all that it does. They come
 *  faster than any policy serves them, so that nearly all of them wait at one time. */
export function manyRequests(requests: number): Trace {
  const { writer, finish } = collectTrace()
  const layers = 2
  for (let request = 0; request < requests; request++) {
    const i = writer.push()
    const { op } = writer
    op.kind[i] = kindIndex.matmul
    op.phase[i] = phaseIndex.prefill
    op.request[i] = request
    op.layer[i] = 0
    op.tensor[i] = 0
    op.name[i] = writer.intern('blk.0.ffn_up')
    op.m[i] = 1
    op.n[i] = 256
    op.k[i] = 256
    op.startNs[i] = request * 2000
    op.durationNs[i] = 1000
    op.flops[i] = 2 * 256 * 256
    op.bytes[i] = 256 * 256 + 2 * 256
  }
  return finish({
    name: 'many-requests',
    device: 'made up',
    provenance: { how: 'synthetic', tool: 'test' },
    lanes: ['main'],
    models: [{ id: 'small', layers, weightBytes: layers * 256 * 256, quant: 'int8', hidden: 256, vocab: 512, kvBytesPerToken: 256 }],
    tensors: Array.from({ length: layers }, (_, layer) => ({ name: `blk.${layer}.ffn_up`, model: 0, role: 'weight' as const, layer, bytes: 256 * 256 })),
    requests: Array.from({ length: requests }, (_, i) => ({ id: `r${i}`, model: 0, arrivalNs: i * 2000, promptTokens: 1, outputTokens: 1 })),
    dependencies: 'program-order',
    skipped: {},
  })
}
