import { flexMem } from '../mechanisms/memory/flex-mem.js'
import { flexNpu } from '../mechanisms/npu/flex-npu.js'
import { llmAware } from '../mechanisms/residency/llm-aware.js'
import { multiModel } from '../mechanisms/scheduler/multi-model.js'
import { resident } from '../mechanisms/startup/resident.js'
import { flexMemFrom, flexNpuFrom, layeredFrom, llmAwareFrom, multiModelFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** FlexServe: pages and the NPU change world on demand, and everything above builds on that. */
export const flexserve: PolicyTemplate = {
  id: 'flexserve',
  summary: 'flexible memory and NPU, LLM-aware residency, layered pipeline, multi-model scheduler',
  source: 'arXiv 2603.09046',
  // §3.2: a compromised kernel, other masters, malicious NPU jobs; integrity and encrypted KV by its later text (2606.23370 §3).
  promises: ['kernel-writing', 'flash-reader'],
  compose: (options) => ({
    memory: flexMem(flexMemFrom(options)),
    npu: flexNpu(flexNpuFrom(options)),
    residency: llmAware(llmAwareFrom(options)),
    pipeline: layeredFrom(options, 'inside'),
    scheduler: multiModel(multiModelFrom(options)),
    startup: resident(),
  }),
}
