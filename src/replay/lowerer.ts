import { GiB } from '../base/units.js'
import type { Costs } from '../device/costs.js'
import type { Content, Extent } from '../run/extents.js'
import { FLASH, KERNEL } from '../run/resources.js'
import { rank, TaskWriter, type TaskIndex } from '../run/tasks.js'
import { words } from '../run/words.js'
import type { Lowering, Policy } from './factors.js'
import { PageFrames } from './frames.js'
import { swapOutNs } from './prices.js'

/** Pages at the bottom that are never the LLM's: the monitor's image and tables (assumed 16 MiB). */
export const MONITOR_PAGES = 4096
/** Contiguous regions lie this many pages apart: none can grow into the next. */
const REGION_PAGES = 2 ** 24

/** Bytes that can be used again once a task has ended. */
export interface Freed {
  readonly task: TaskIndex
  readonly bytes: number
}

/** What mechanisms see, and what the replay knows beyond it: whose pages are made, what both worlds hold. */
export class Lowerer implements Lowering {
  readonly words = words
  readonly extents: Extent[] = []
  readonly sizeBytes: number
  allocatedBytes = 0
  protectionOn: TaskIndex = -1
  /** Whose extents are made now. */
  model = -1
  private freeBytes: number
  private coming: Freed[] = []
  private readonly frames = new PageFrames(MONITOR_PAGES)
  private readonly regions = new Map<number, PageFrames>()

  constructor(
    readonly costs: Costs,
    readonly policy: Policy,
    public pressureBytes: number,
    readonly write = new TaskWriter(costs),
  ) {
    this.sizeBytes = costs.sample['memory.sizeGiB'] * GiB
    this.freeBytes = Math.max(0, this.sizeBytes - pressureBytes)
  }

  extent(content: Content, layer: number, bytes: number): Extent {
    return this.made(content, layer, bytes, false)
  }

  /** One that is there when the run begins. */
  resident(content: Content, layer: number, bytes: number): Extent {
    this.allocatedBytes += bytes
    return this.made(content, layer, bytes, true)
  }

  /** What can be allocated from now on: `freeBytes` at once, more as each of `coming` is freed; what goes beyond is swapped
   *  out. */
  grant(freeBytes: number, coming: readonly Freed[]): void {
    this.freeBytes = Math.max(0, freeBytes)
    this.coming = [...coming]
  }

  allocate(extent: Extent, after: TaskIndex): TaskIndex {
    const { bytes, layer } = extent
    const waits = [after]
    for (let freed = this.coming[0]; freed !== undefined && this.freeBytes < bytes; freed = this.coming[0]) {
      this.coming.shift()
      this.freeBytes += freed.bytes
      waits.push(freed.task)
    }
    const over = Math.max(0, bytes - this.freeBytes)
    this.freeBytes = Math.max(0, this.freeBytes - bytes)
    let room = waits.length === 1 ? after : this.write.join(waits, layer)
    if (over > 0) room = this.write.add({ cause: 'evict', mask: KERNEL | FLASH, rank: rank.allocate, durationNs: swapOutNs, bytes: over, layer }, room)
    const task = this.policy.memory.allocate(this, extent, room)
    this.allocatedBytes += bytes
    return task
  }

  /** The LLM has no more to do with these pages; somebody else may have them once they are clean. */
  forget(extent: Extent): void {
    this.allocatedBytes -= extent.bytes
  }

  /** Their frames can be taken again. */
  reuse({ content, model, firstPage, pages }: Extent): void {
    this.framesOf(content, model).give(firstPage, pages)
  }

  private made(content: Content, layer: number, bytes: number, initial: boolean): Extent {
    const pages = Math.ceil(bytes / this.costs.pageBytes)
    const firstPage = this.framesOf(content, this.model).take(pages)
    const extent = { id: this.extents.length, content, model: this.model, layer, bytes, firstPage, pages, request: this.write.request, initial }
    this.extents.push(extent)
    return extent
  }

  /** Page-granular memory takes pages anywhere; a contiguous region its own, one for weights, one for the rest. */
  private framesOf(content: Content, model: number): PageFrames {
    if (this.policy.memory.regionsPerModel === 0) return this.frames
    const region = (model + 1) * 2 + (content === 'weights' ? 0 : 1)
    let frames = this.regions.get(region)
    if (frames === undefined) this.regions.set(region, (frames = new PageFrames(REGION_PAGES * (region + 1))))
    return frames
  }
}
