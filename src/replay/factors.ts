/** The six questions that a policy answers, one interface each. A mechanism is a `const` object or a factory's
 *  result: pure, it writes tasks and knows no sibling. Costs come from `Lowering.costs`, never from literals. */
import type { Costs } from '../device/costs.js'
import type { TaskIndex, TaskWriter } from '../run/tasks.js'

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
}

/** What a mechanism works with while a request is turned into tasks. */
export interface Lowering {
  readonly write: TaskWriter
  readonly costs: Costs
  readonly policy: Policy
  readonly pressureBytes: number
  /** Bytes that the LLM holds so far, in plan order. */
  allocatedBytes: number
  /** Contiguous regions in use. */
  regions: number
  /** The task after which pages can be protected; -1 from the start. */
  protectionOn: TaskIndex
  /** Any allocation goes through here: swaps out what does not fit beside the normal world first. */
  allocate(bytes: number, layer: number, after: TaskIndex): TaskIndex
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
  /** Turns protection on, once; returns its task (-1: nothing to do). */
  begin(l: Lowering, after: TaskIndex): TaskIndex
  allocate(l: Lowering, bytes: number, layer: number, after: TaskIndex): TaskIndex
  /** `before`: the protection ahead of this one, for mechanisms that commit in order. */
  protect(l: Lowering, bytes: number, layer: number, after: TaskIndex, before: TaskIndex): TaskIndex
  /** Lets the NPU reach the pages; -1: nothing to do. */
  mapForNpu(l: Lowering, bytes: number, layer: number, after: TaskIndex): TaskIndex
  release(l: Lowering, bytes: number, after: TaskIndex): TaskIndex
}

/** Where decode's matmuls run: bandwidth-bound, they gain little from the NPU. */
export type DecodePlacement = 'npu' | 'cpu'

/** How the NPU is shared between the worlds. */
export interface NpuMechanism extends Mechanism<'npu'> {
  /** False: what would run on the NPU runs on the CPU. */
  readonly usesNpu: boolean
  /** Decode's matmuls run on the NPU too. */
  readonly decodesOnNpu: boolean
  /** Its DMA is confined by the pages' own tables, which must map them. */
  readonly needsMap: boolean
  beginRequest(l: Lowering, after: TaskIndex): TaskIndex
  endRequest(l: Lowering, after: TaskIndex): TaskIndex
  beginStep(l: Lowering, after: TaskIndex): TaskIndex
  /** Hands `submissions` jobs of one op to the NPU; -1: costs nothing of its own. */
  submit(l: Lowering, submissions: number, layer: number, op: number, after: TaskIndex): TaskIndex
}

/** What stays in memory after a request. */
export interface ResidencyMechanism extends Mechanism<'residency'> {
  readonly keeps: boolean
}

/** Weights of one step of restoration: -1 embedding, a layer, `layers` final norm and head. */
export interface Unit {
  readonly layer: number
  readonly bytes: number
}

/** In which order weights are restored and how that overlaps computing. */
export interface PipelineMechanism extends Mechanism<'pipeline'> {
  /** One task a unit after which its weights may be used, in the order of `units`. */
  restore(l: Lowering, units: readonly Unit[], after: TaskIndex): TaskIndex[]
}

/** Which request runs when. */
export interface SchedulerMechanism extends Mechanism<'scheduler'> {
  /** Order of service, given arrivals. */
  order(arrivalsNs: readonly number[]): number[]
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
