import { statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { UsageFault } from '../base/errors.js'
import { MiB, formatBytes } from '../base/units.js'
import type { Architecture } from '../model/architecture.js'

/** ONNX Runtime's profiler keeps no more events than this, of all passes together. */
export const MAX_PROFILE_EVENTS = 1_000_000
/** Of one profile event in the file, generously; measured 600 to 900. */
const EVENT_BYTES = 1000

export interface Need {
  readonly diskBytes: number
  readonly memoryBytes: number
  readonly events: number
}

export interface Extent {
  readonly dataBytes: number
  readonly nodes: number
  readonly promptTokens: number
  readonly outputTokens: number
  /** Runs of the profiled session, warm-up included. */
  readonly runs: number
}

/** An estimate from above: two sessions, each with its weights mapped from the file and packed anew; caches before
 *  and after a step; attention scores of a prefill; the profiler's events. */
export function needOf(a: Architecture, extent: Extent): Need {
  const positions = extent.promptTokens + extent.outputTokens
  const cacheBytes = 2 * a.layers * a.kvHeads * a.headDim * positions * 4
  const scoreBytes = a.heads * extent.promptTokens * extent.promptTokens * 4
  const activationBytes = extent.promptTokens * (a.ffn * 4 + a.hidden * 8) * 4
  const events = (extent.nodes + 2) * extent.runs
  const profileBytes = 2 * events * EVENT_BYTES
  return {
    diskBytes: extent.dataBytes + profileBytes + 4 * MiB,
    memoryBytes: 2 * (2 * extent.dataBytes) + 6 * cacheBytes + scoreBytes + activationBytes + profileBytes + 200 * MiB,
    events,
  }
}

/** Throws `UsageFault` when the recording would not fit into the folder's disk, the free memory, or the profiler. */
export async function checkRoom(need: Need, folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  refuseBeyond('the temporary folder', need.diskBytes, bavail * bsize, 'set TMPDIR to a larger disk, or record a smaller model')
  refuseBeyond('memory', need.memoryBytes, freemem(), 'record a smaller model or a shorter run')
  if (need.events > MAX_PROFILE_EVENTS)
    throw new UsageFault(
      `the recording would have ${need.events} events, the profiler keeps ${MAX_PROFILE_EVENTS}`,
      'use fewer --rounds, a smaller --output or fewer layers',
    )
}

function refuseBeyond(what: string, need: number, free: number, hint: string): void {
  if (need > free)
    throw new UsageFault(`the recording needs about ${formatBytes(need)} of ${what}, ${formatBytes(free)} are free`, hint)
}
