import type { Extent } from '../run/extents.js'
import { rank, type Rank, type TaskIndex } from '../run/tasks.js'
import type { Agenda } from './agenda.js'
import type { Conversations } from './conversations.js'
import type { Eviction } from './factors.js'
import type { Holdings } from './holdings.js'
import type { Freed, Lowerer } from './lowerer.js'

/** Gives pages back, and finds room: among cached weights, conversations, and pages whose clearing was put off. */
export class Room {
  /** Tokens of the latest prompt: what a residency mechanism plans for. */
  promptTokens = 0
  /** Given back uncleared: out of everybody's reach until cleared. */
  private lazy: Extent[] = []
  private lazyBytes = 0
  /** Releases under way. */
  private readonly pending = new Set<{ task: TaskIndex; readonly bytes: number }>()

  constructor(
    private readonly l: Lowerer,
    private readonly agenda: Agenda,
    private readonly holdings: Holdings,
    private readonly conversations: Conversations,
    /** Of a carve-out; 0: pages come and go. */
    private readonly reservedBytes: number,
  ) {}

  /** Nothing is the LLM's any more. */
  get isEmpty(): boolean {
    return this.l.allocatedBytes === 0
  }

  /** There is a carve-out: what does not fit in it fits nowhere. */
  get isBounded(): boolean {
    return this.reservedBytes > 0
  }

  /** Bytes that the LLM lacks for `bytes` more, in its carve-out or beside what both worlds hold; 0 or less: there is room. */
  lacking(bytes: number): number {
    return this.isBounded ? this.l.allocatedBytes + bytes - this.reservedBytes : this.lackingToAll() + bytes
  }

  /** Bytes that both worlds want beyond the memory that there is. */
  lackingToAll(): number {
    return this.l.pressureBytes + (this.isBounded ? this.reservedBytes : this.l.allocatedBytes + this.lazyBytes) - this.l.sizeBytes
  }

  /** Writes the release of `extents`; returns the task after which they are given back (lazily: still uncleared). */
  giveBack(extents: readonly Extent[], after: TaskIndex, at: Rank): TaskIndex {
    if (extents.length === 0) return after
    const { memory } = this.l.policy
    const released = this.l.write.hooked(extents.map((extent) => memory.release(this.l, extent, after, at)))
    const entry = { task: released, bytes: bytesOf(extents) }
    this.pending.add(entry)
    this.agenda.when(released, () => {
      this.pending.delete(entry)
      for (const extent of extents) {
        this.l.forget(extent)
        if (memory.drain === undefined) this.l.reuse(extent)
        else {
          this.lazy.push(extent)
          this.lazyBytes += extent.bytes
        }
      }
      return undefined
    })
    return released
  }

  /** Clears all that was put off; returns the task after which it is done. */
  drainAll(after: TaskIndex, at: Rank): TaskIndex {
    const done = this.drained(Infinity, after, at)
    return done.length === 0 ? after : this.l.write.join([after, ...done.map(({ task }) => task)])
  }

  /** Gives up what the residency mechanism does not want to keep. */
  trim(after: TaskIndex): TaskIndex {
    return this.giveBack(this.given(this.evictions(0)), after, rank.after)
  }

  /** Finds `bytes` among what is lazily freed, cached and kept, for the normal world or for the next request: piece by
   *  piece, as far as there is any. */
  find(bytes: number, after: TaskIndex, at: Rank): readonly Freed[] {
    const found = this.drained(bytes, after, at)
    const lacking = (): number => bytes - found.reduce((sum, freed) => sum + freed.bytes, 0)
    if (lacking() > 0) found.push(...this.cleared(this.given(this.evictions(lacking())), after, at))
    while (lacking() > 0) {
      const spilled = this.conversations.spill(this.l, after)
      if (spilled === undefined) break
      found.push(...this.cleared(spilled.extents, spilled.task, at))
    }
    return found
  }

  /** Everything of one model goes: its regions are wanted. */
  dropModel(model: number, after: TaskIndex): TaskIndex {
    return this.giveBack(this.given(this.holdings.of(model).units.map(({ layer, bytes }) => ({ model, layer, bytes }))), after, rank.protect)
  }

  /** Releases under way. */
  releasing(): readonly Freed[] {
    return [...this.pending]
  }

  renamed(named: (task: TaskIndex) => TaskIndex): void {
    for (const entry of this.pending) entry.task = named(entry.task)
  }

  /** Released and cleared at once: somebody waits for it. */
  private cleared(extents: readonly Extent[], after: TaskIndex, at: Rank): Freed[] {
    const { memory } = this.l.policy
    return extents.map((extent) => {
      const released = memory.release(this.l, extent, after, at)
      const task = this.l.write.hooked([memory.drain === undefined ? released : memory.drain(this.l, extent, released, at)])
      const entry = { task, bytes: extent.bytes }
      this.pending.add(entry)
      this.agenda.when(task, () => {
        this.pending.delete(entry)
        this.l.forget(extent)
        this.l.reuse(extent)
        return undefined
      })
      return entry
    })
  }

  /** Clears at least `bytes` of what was put off, oldest first. */
  private drained(bytes: number, after: TaskIndex, at: Rank): Freed[] {
    const { drain } = this.l.policy.memory
    const done: Freed[] = []
    for (let left = bytes; drain !== undefined && left > 0 && this.lazy.length > 0; ) {
      const extent = this.lazy.shift()!
      left -= extent.bytes
      const entry = { task: this.l.write.hooked([drain(this.l, extent, after, at)]), bytes: extent.bytes }
      done.push(entry)
      this.pending.add(entry)
      this.agenda.when(entry.task, () => {
        this.pending.delete(entry)
        this.lazyBytes -= extent.bytes
        this.l.reuse(extent)
        return undefined
      })
    }
    return done
  }

  private evictions(needBytes: number): readonly Eviction[] {
    const { costs, policy } = this.l
    return policy.residency.evictions(this.holdings.view(costs, policy, this.promptTokens), needBytes)
  }

  private given(evictions: readonly Eviction[]): Extent[] {
    return evictions.flatMap(({ model, layer, bytes }) => this.holdings.give(model, layer, bytes))
  }
}

const bytesOf = (extents: readonly Extent[]): number => extents.reduce((sum, { bytes }) => sum + bytes, 0)
