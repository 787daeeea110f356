import { flexMem } from '../mechanisms/memory/flex-mem.js'
import { flexNpu } from '../mechanisms/npu/flex-npu.js'
import { release } from '../mechanisms/residency/release.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { resident } from '../mechanisms/startup/resident.js'
import { decodeFrom, layeredFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** FlexServe: pages and the NPU change world on demand. Its LLM-aware residency and multi-model scheduler decide
 *  between requests; one cold request is the same under `release` and `fifo`, which stand here until they exist. */
export const flexserve: PolicyTemplate = {
  id: 'flexserve',
  summary: 'flexible memory and NPU, layered pipeline',
  source: 'arXiv 2603.09046',
  compose: (options) => ({
    memory: flexMem(),
    npu: flexNpu(decodeFrom(options)),
    residency: release(),
    pipeline: layeredFrom(options, 'inside'),
    scheduler: fifo(),
    startup: resident(),
  }),
}
