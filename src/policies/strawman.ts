import { tzascCma } from '../mechanisms/memory/tzasc-cma.js'
import { noNpu } from '../mechanisms/npu/none.js'
import { serial } from '../mechanisms/pipeline/serial.js'
import { release } from '../mechanisms/residency/release.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { resident } from '../mechanisms/startup/resident.js'
import { cmaFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** Straightforward TrustZone: CPU only, secure memory from CMA, one stage after the other. TZ-LLM's starts with
 *  `startup=cold-init`. */
export const strawman: PolicyTemplate = {
  id: 'strawman',
  summary: 'straightforward TrustZone: CPU only, memory from CMA, serial',
  source: 'arXiv 2603.09046 §7 (Strawman), arXiv 2511.13717 §2.3',
  compose: (options) => ({
    memory: tzascCma(cmaFrom(options, 1)),
    npu: noNpu(),
    residency: release(),
    pipeline: serial(),
    scheduler: fifo(),
    startup: resident(),
  }),
}
