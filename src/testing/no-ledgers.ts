import type { Ledgers } from '../run/ledgers.js'

/** Ledgers of a run in which nothing happened. */
export const noLedgers: Ledgers = {
  memory: { sizeBytes: 0, peakHeldBytes: 0, peakProtectedBytes: 0, leastLeftBytes: 0, points: [] },
  npu: { modeSwitches: 0, secureShare: null, busyShare: 0, jobs: { count: 0, missed: 0, delayNs: null } },
  tax: {
    heldByteNs: 0,
    meanHeldBytes: 0,
    stage2ActiveNs: 0,
    stage2ActiveShare: 0,
    stage2CostShare: 0,
    recalls: { count: 0, bytes: 0, unmetBytes: 0, latencyNs: null, eachNs: [] },
    swappedBytes: 0,
  },
}
