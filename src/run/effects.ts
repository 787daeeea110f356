/** What a task does to the pages of its extent, to the NPU or to protection, as bits: what ledgers and the audit are
 *  built from. Most hold from the task's end; those marked start are harmful as soon as it begins. */
export const effect = {
  /** The pages are the LLM's. */
  allocated: 1 << 0,
  /** Start: content arrives from flash by DMA, still encrypted. */
  loaded: 1 << 1,
  /** Out of the normal world's stage-2 tables; stale entries may live until `invalidated`. */
  unmapped: 1 << 2,
  /** No TLB knows the old entry: invalidation and barrier are complete. */
  invalidated: 1 << 3,
  /** Inside a secure region as programmed; `detail` is its top, in pages. */
  firewalled: 1 << 4,
  /** Compared with what its owner signed. */
  authenticated: 1 << 5,
  /** Start: plaintext begins to appear. */
  plaintext: 1 << 6,
  /** The protected NPU can reach it. */
  npuMapped: 1 << 7,
  /** Ciphertext again. */
  encrypted: 1 << 8,
  /** Start: its content goes to flash. */
  stored: 1 << 9,
  /** Overwritten, caches included. */
  scrubbed: 1 << 10,
  /** Given back uncleared but still out of everybody's tables. */
  lazy: 1 << 11,
  /** Start: the normal world can reach it again. */
  remapped: 1 << 12,
  /** Not the LLM's any more. */
  freed: 1 << 13,
  /** The NPU reaches protected pages alone, and nobody else commands it. */
  npuProtected: 1 << 14,
  /** Start: the NPU is the normal world's. */
  npuUnprotected: 1 << 15,
  /** The NPU has finished what the other world gave it. */
  npuDrained: 1 << 16,
  /** Its registers, buffers and caches hold nothing of the world that it leaves. */
  npuFlushed: 1 << 17,
  /** Its registers and interrupts are out of the normal world's reach. */
  npuClaimed: 1 << 18,
  /** Start: its registers and interrupts are the normal world's again. */
  npuYielded: 1 << 19,
  /** Stage-2 translation is on; the monitor's image was verified. */
  protectionOn: 1 << 20,
  /** Start: stage-2 translation goes off. */
  protectionOff: 1 << 21,
  verified: 1 << 22,
  /** Out of every other bus master's IOMMU tables. */
  mastersUnmapped: 1 << 23,
  /** No IOTLB and no transaction under way knows the old entry. */
  mastersDrained: 1 << 24,
} as const
export type Effect = keyof typeof effect
/** Effects that hold from their task's start. */
export const FROM_START = effect.loaded | effect.plaintext | effect.stored | effect.remapped | effect.npuUnprotected | effect.npuYielded | effect.protectionOff
