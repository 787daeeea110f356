import { tzascCma } from '../mechanisms/memory/tzasc-cma.js'
import { coDriver } from '../mechanisms/npu/co-driver.js'
import { release } from '../mechanisms/residency/release.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { resident } from '../mechanisms/startup/resident.js'
import { cmaFrom, decodeFrom, layeredFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** The strawman with a pipeline and a secure NPU, memory still from CMA. Whether its allocation comes before its
 *  pipeline or inside is not published and decides its TTFT: `before` is the default, `allocate=inside` the other. */
export const optimizedStrawman: PolicyTemplate = {
  id: 'optimized-strawman',
  summary: 'the strawman with pipeline and secure NPU, memory still from CMA',
  source: 'arXiv 2603.09046 §7 (Strawman-OPT)',
  compose: (options) => ({
    memory: tzascCma(cmaFrom(options, 1)),
    npu: coDriver(decodeFrom(options)),
    residency: release(),
    pipeline: layeredFrom(options, 'before'),
    scheduler: fifo(),
    startup: resident(),
  }),
}
