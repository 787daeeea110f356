/** The six questions that a policy answers, one interface each. A mechanism is a `const` object or a factory's
 *  result: pure, it writes tasks and knows no sibling. A duration is a function of the costs, never a literal; what is read of
 *  `Lowering.costs` beside decides which tasks there are. */
import type { Costs } from '../device/costs.js'
import type { Attacker } from '../run/audit.js'
import type { Content, Extent } from '../run/extents.js'
import type { Rank, TaskIndex, TaskWriter } from '../run/tasks.js'
import type { words } from '../run/words.js'

/** Physical facts that one mechanism offers and another needs (docs/model.md, which combinations exist). */
export type Capability = 'plain-pages' | 'secure-pages' | 'contiguous' | 'page-granular' | 'recallable'

interface Mechanism<F extends string> {
  readonly factor: F
  readonly id: string
  /** Part of every cell's key: raise it when a number may change. */
  readonly version: number
  readonly summary: string
  readonly source: string
  readonly provides?: readonly Capability[]
  /** Without these the combination cannot exist. */
  readonly needs?: readonly Capability[]
  /** Without these it could, but nobody built it. */
  readonly builtWith?: readonly Capability[]
  /** Attackers that it claims to withstand (docs/audit.md). */
  readonly promises?: readonly Attacker[]
}

/** What a mechanism works with while a request is turned into tasks. */
export interface Lowering {
  readonly write: TaskWriter
  readonly costs: Costs
  readonly policy: Policy
  /** Resources, ranks and effects, for modules that import nothing. */
  readonly words: typeof words
  /** What the normal world holds now. */
  readonly pressureBytes: number
  /** What the LLM holds, in plan order. */
  readonly allocatedBytes: number
  /** The task after which pages can be protected; -1 from the start. */
  readonly protectionOn: TaskIndex
  /** Fresh pages for the request that is being lowered. */
  extent(content: Content, layer: number, bytes: number): Extent
  /** Any allocation goes through here: swaps out what does not fit beside the normal world first. */
  allocate(extent: Extent, after: TaskIndex): TaskIndex
}

/** How the LLM's pages come to be out of the normal world's reach. */
export interface MemoryMechanism extends Mechanism<'memory'> {
  /** Weights lie encrypted in flash, tokens and flash requests cross worlds. */
  readonly secure: boolean
  /** KV for prompt + output is reserved at start; otherwise it grows in blocks. */
  readonly reservesKv: boolean
  /** Servers of the resource `kernel`. */
  readonly kernelThreads: number
  /** Contiguous regions of one model. */
  readonly regionsPerModel: number
  /** Bytes set aside for good, for a largest need of `needBytes`; undefined: pages come and go. */
  reserved?(needBytes: number): number
  /** Turns protection on; returns its task (-1: nothing to do). */
  begin(l: Lowering, after: TaskIndex): TaskIndex
  /** Turns it off once nothing is protected: at once, or after `idleNs` without a request. Absent: it stays. */
  readonly off?: { readonly idleNs: number; end(l: Lowering, after: TaskIndex): TaskIndex }
  allocate(l: Lowering, extent: Extent, after: TaskIndex): TaskIndex
  /** `earlier`: protections of this restoration so far, for mechanisms that commit in order. */
  protect(l: Lowering, extent: Extent, after: TaskIndex, earlier: readonly TaskIndex[]): TaskIndex
  /** Lets the NPU reach the pages; -1: nothing to do. */
  mapForNpu(l: Lowering, extent: Extent, after: TaskIndex): TaskIndex
  /** Gives the pages back; returns the task after which their memory can be used again. */
  release(l: Lowering, extent: Extent, after: TaskIndex, rank: Rank): TaskIndex
  /** Clears what `release` put off, before the normal world or an allocation gets it. Absent: nothing is put off. */
  drain?(l: Lowering, extent: Extent, after: TaskIndex, rank: Rank): TaskIndex
}

/** Where decode's matmuls run: bandwidth-bound, they gain little from the NPU. */
export type DecodePlacement = 'npu' | 'cpu'

/** Where the normal world's jobs can come in: between any two jobs, or only when the NPU changes world. */
export type Boundary = 'job' | 'layer' | 'step' | 'request'

/** How the NPU is shared between the worlds. */
export interface NpuMechanism extends Mechanism<'npu'> {
  /** False: what would run on the NPU runs on the CPU. */
  readonly usesNpu: boolean
  /** Decode's matmuls run on the NPU too. */
  readonly decodesOnNpu: boolean
  /** Takes processors as they are: on its own machine a recording's operators stay where they ran. */
  readonly keepsPlacement?: boolean
  /** Its DMA is confined by the pages' own tables, which must map them. */
  readonly needsMap: boolean
  readonly boundary: Boundary
  /** Goes back to the normal world at every boundary, wanted or not. */
  readonly eager: boolean
  /** Takes the NPU for the secure world; -1 or `after`: costs nothing. */
  take(l: Lowering, after: TaskIndex): TaskIndex
  /** Gives it back to the normal world. */
  give(l: Lowering, after: TaskIndex, rank: Rank): TaskIndex
  beginStep(l: Lowering, after: TaskIndex): TaskIndex
  /** Hands `submissions` jobs of one op to the NPU; -1: costs nothing of its own. */
  submit(l: Lowering, submissions: number, layer: number, op: number, after: TaskIndex): TaskIndex
}

/** Weights of one model that are in memory, by restoration unit. */
export interface CachedModel {
  readonly model: number
  readonly weightBytes: number
  readonly residentBytes: number
  readonly units: readonly { readonly layer: number; readonly bytes: number; readonly residentBytes: number; readonly lastUsedNs: number }[]
  readonly lastUsedNs: number
  /** Share of the recent requests that asked for it. */
  readonly recentShare: number
  /** A request is using it, or it is being fetched for one: it cannot go. */
  readonly inUse: boolean
}
export interface CacheView {
  readonly costs: Costs
  readonly policy: Policy
  readonly models: readonly CachedModel[]
  /** Of the latest request. */
  readonly promptTokens: number
}
export interface Eviction {
  readonly model: number
  readonly layer: number
  readonly bytes: number
}

/** What stays in memory after a request. */
export interface ResidencyMechanism extends Mechanism<'residency'> {
  readonly keeps: boolean
  /** A conversation's KV cache between turns: dropped, or kept while there is room. */
  readonly kv: 'drop' | 'keep'
  /** Writes KV to flash when its memory is wanted; returns the task after which its pages can go. Absent: it is dropped. */
  spill?(l: Lowering, extent: Extent, after: TaskIndex): TaskIndex
  /** What goes, first one first: all that it does not want to keep, then more until `needBytes` are free. Models in use
   *  are never touched. */
  evictions(view: CacheView, needBytes: number): readonly Eviction[]
}

/** Weights of one step of restoration: -1 embedding, a layer, `layers` final norm and head. */
export interface Unit {
  readonly content: Content
  readonly layer: number
  readonly bytes: number
}
/** A unit's weights may be used after `ready`; its first piece waits for `gate` where restoration must not run ahead. */
export interface Restored {
  readonly ready: TaskIndex
  readonly gate: TaskIndex
}

/** In which order weights are restored and how that overlaps computing. */
export interface PipelineMechanism extends Mechanism<'pipeline'> {
  /** Layers that restoration may run ahead of computing. */
  readonly depth: number
  /** One answer a unit, in the order of `units`. */
  restore(l: Lowering, units: readonly Unit[], after: TaskIndex): Restored[]
}

/** A request that has arrived and waits. */
export interface Queued {
  readonly request: number
  readonly model: number
  readonly arrivalNs: number
  readonly resident: boolean
}

/** Which request runs when. */
export interface SchedulerMechanism extends Mechanism<'scheduler'> {
  /** The place in the queue (in order of arrival, never empty) of the one to serve next. */
  next(queue: readonly Queued[]): number
  /** Restores the next model of a known workflow under this one's compute. */
  readonly prefetches: boolean
  /** The NPU stays in the secure world from one request to the next that waits. */
  readonly batchesSwitches: boolean
  /** A waiting request's prefill goes before the running one's next decode step. */
  readonly prefillFirst: boolean
}

/** What must happen before a first request can be served. */
export interface StartupMechanism extends Mechanism<'startup'> {
  /** Bytes restored ahead of the weights. */
  restoreBytes(costs: Costs): number
  begin(l: Lowering, after: TaskIndex): TaskIndex
}

/** Six answers: a row of the papers' tables. */
export interface Policy {
  readonly id: string
  readonly summary: string
  readonly source: string
  /** Attackers that the whole claims to withstand, beside what its mechanisms do. */
  readonly promises?: readonly Attacker[]
  /** The file of a user's policy; absent: built in. */
  readonly file?: string
  readonly memory: MemoryMechanism
  readonly npu: NpuMechanism
  readonly residency: ResidencyMechanism
  readonly pipeline: PipelineMechanism
  readonly scheduler: SchedulerMechanism
  readonly startup: StartupMechanism
}

export const factors = ['memory', 'npu', 'residency', 'pipeline', 'scheduler', 'startup'] as const
export type Factor = (typeof factors)[number]
export type AnyMechanism = Policy[Factor]
