import { tzascCma } from '../mechanisms/memory/tzasc-cma.js'
import { coDriver } from '../mechanisms/npu/co-driver.js'
import { llmAware } from '../mechanisms/residency/llm-aware.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { checkpoint } from '../mechanisms/startup/checkpoint.js'
import { cmaFrom, decodeFrom, layeredFrom, llmAwareFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** TZ-LLM: CMA growth on the LLM's own four cores inside the pipeline, co-driver, framework checkpoint, and a
 *  prefix of parameters that stays; `--initial cached=…` sets what the first request finds of it. */
export const tzLlm: PolicyTemplate = {
  id: 'tz-llm',
  summary: 'pipelined restoration on the LLM’s cores, co-driver NPU, framework checkpoint',
  source: 'arXiv 2511.13717',
  promises: ['kernel-writing', 'other-master', 'malicious-npu-job'],
  compose: (options) => ({
    memory: tzascCma(cmaFrom(options, 4, 'cpu')),
    npu: coDriver(decodeFrom(options)),
    residency: llmAware(llmAwareFrom(options)),
    pipeline: layeredFrom(options, 'inside'),
    scheduler: fifo(),
    startup: checkpoint(),
  }),
}
