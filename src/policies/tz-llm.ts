import { tzascCma } from '../mechanisms/memory/tzasc-cma.js'
import { coDriver } from '../mechanisms/npu/co-driver.js'
import { release } from '../mechanisms/residency/release.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { checkpoint } from '../mechanisms/startup/checkpoint.js'
import { decodeFrom, layeredFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** TZ-LLM: CMA growth on the LLM's own four cores inside the pipeline, co-driver, framework checkpoint. Its partial
 *  parameter cache decides between requests; `--initial cached=…` sets what one finds. */
export const tzLlm: PolicyTemplate = {
  id: 'tz-llm',
  summary: 'pipelined restoration on the LLM’s cores, co-driver NPU, framework checkpoint',
  source: 'arXiv 2511.13717',
  compose: (options) => ({
    memory: tzascCma({ threads: options.count('threads', 4, 1, 4), on: 'cpu' }),
    npu: coDriver(decodeFrom(options)),
    residency: release(),
    pipeline: layeredFrom(options, 'inside'),
    scheduler: fifo(),
    startup: checkpoint(),
  }),
}
