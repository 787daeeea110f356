import { ordinaryPages } from '../mechanisms/memory/none.js'
import { sharedUnprotected } from '../mechanisms/npu/shared-unprotected.js'
import { release } from '../mechanisms/residency/release.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { resident } from '../mechanisms/startup/resident.js'
import { decodeFrom, layeredFrom } from './parts.js'
import type { PolicyTemplate } from './template.js'

/** The normal world as it is: what protection is measured against (NW-Base; REE-LLM-Flash on TZ-LLM's board,
 *  REE-LLM-Memory with `residency=keep-all` and a warm start). */
export const unprotected: PolicyTemplate = {
  id: 'unprotected',
  summary: 'the normal world as it is: pipeline and NPU, nothing protected',
  source: 'FlexServe’s NW-Base; TZ-LLM’s REE-LLM-Flash',
  compose: (options) => ({
    memory: ordinaryPages(),
    npu: sharedUnprotected(decodeFrom(options)),
    residency: release(),
    pipeline: layeredFrom(options, 'inside'),
    scheduler: fifo(),
    startup: resident(),
  }),
}
