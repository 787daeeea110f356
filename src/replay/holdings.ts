import type { Costs } from '../device/costs.js'
import type { Extent } from '../run/extents.js'
import type { TaskIndex } from '../run/tasks.js'
import type { CacheView, CachedModel, Policy, Unit } from './factors.js'

/** Recent requests that a model's share is counted over. */
const RECENT = 20

interface HeldUnit {
  readonly layer: number
  readonly bytes: number
  readonly extents: Extent[]
  /** Tasks after which it can be used; empty: it can. */
  ready: TaskIndex[]
  lastUsedNs: number
}
interface HeldModel {
  readonly model: number
  readonly weightBytes: number
  readonly units: readonly HeldUnit[]
  users: number
}

const bytesOf = (extents: readonly Extent[]): number => extents.reduce((sum, { bytes }) => sum + bytes, 0)

/** Weights in memory, by model and unit, and who uses them. */
export class Holdings {
  private readonly models = new Map<number, HeldModel>()
  private recent: number[] = []

  constructor(private readonly unitsOf: (model: number) => readonly Unit[]) {}

  of(model: number): HeldModel {
    let held = this.models.get(model)
    if (held === undefined) {
      const units = this.unitsOf(model).map(({ layer, bytes }) => ({ layer, bytes, extents: [], ready: [], lastUsedNs: 0 }))
      held = { model, weightBytes: units.reduce((sum, { bytes }) => sum + bytes, 0), units, users: 0 }
      this.models.set(model, held)
    }
    return held
  }

  add(model: number, extent: Extent): void {
    this.of(model).units.find(({ layer }) => layer === extent.layer)!.extents.push(extent)
  }

  /** What is not there yet; a unit keeps its place. */
  missing(model: number): Unit[] {
    return this.of(model)
      .units.map(({ layer, bytes, extents }) => ({ content: 'weights' as const, layer, bytes: bytes - bytesOf(extents) }))
      .filter(({ bytes }) => bytes > 0)
  }

  /** A request of it has ended. */
  used(model: number, nowNs: number): void {
    const held = this.of(model)
    held.users--
    for (const unit of held.units) {
      unit.lastUsedNs = nowNs
      if (held.users === 0) unit.ready = []
    }
    this.recent = [...this.recent, model].slice(-RECENT)
  }

  isResident(model: number): boolean {
    return this.missing(model).length === 0
  }

  residentBytes(): number {
    let sum = 0
    for (const { units } of this.models.values()) for (const { extents } of units) sum += bytesOf(extents)
    return sum
  }

  /** Takes up to `bytes` of a unit out of the holdings, last pieces first. */
  give(model: number, layer: number, bytes: number): Extent[] {
    const unit = this.of(model).units.find((held) => held.layer === layer)
    const gone: Extent[] = []
    let left = bytes
    while (unit !== undefined && left > 0 && unit.extents.length > 0) {
      const extent = unit.extents.pop()!
      gone.push(extent)
      left -= extent.bytes
    }
    return gone
  }

  /** Models of which something is in memory or that are in use. */
  present(): CachedModel[] {
    return [...this.models.values()].filter(({ model }) => model >= 0).map((held) => this.cached(held)).filter(({ residentBytes, inUse }) => residentBytes > 0 || inUse)
  }

  view(costs: Costs, policy: Policy, promptTokens: number): CacheView {
    const models = [...this.models.values()].filter(({ model, units }) => model >= 0 && units.length > 0)
    return { costs, policy, promptTokens, models: models.map((held) => this.cached(held)) }
  }

  private cached({ model, weightBytes, units, users }: HeldModel): CachedModel {
    const seen = units.map(({ layer, bytes, extents, lastUsedNs }) => ({ layer, bytes, residentBytes: bytesOf(extents), lastUsedNs }))
    return {
      model,
      weightBytes,
      residentBytes: seen.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
      units: seen,
      lastUsedNs: Math.max(...seen.map(({ lastUsedNs }) => lastUsedNs)),
      recentShare: this.recent.length === 0 ? 0 : this.recent.filter((used) => used === model).length / this.recent.length,
      inUse: users > 0,
    }
  }

  renamed(named: (task: TaskIndex) => TaskIndex): void {
    for (const { units } of this.models.values()) for (const unit of units) unit.ready = unit.ready.map(named).filter((task) => task >= 0)
  }
}
