import type { Extent } from '../run/extents.js'
import type { TaskIndex } from '../run/tasks.js'
import type { Restored, Unit } from './factors.js'
import type { Holdings } from './holdings.js'
import type { Lowerer } from './lowerer.js'
import type { Room } from './room.js'

/** What a request has of its model. */
export interface RestoredModel {
  /** By layer: what its weights wait for. */
  readonly weights: ReadonlyMap<number, readonly TaskIndex[]>
  readonly framework: TaskIndex
  readonly kv: TaskIndex
  /** Pages beside weights: the framework's, a conversation's KV. */
  readonly extents: readonly Extent[]
  /** Restoration at most `depth` layers ahead of computing: a unit's first piece waits for the layer so far before it. */
  holdBack(layerEnds: ReadonlyMap<number, readonly TaskIndex[]>): void
}

/** Brings weights into the holdings: for a request that begins, or ahead of one that is known to come. */
export class Restoration {
  /** Requests whose model is restored ahead and pinned. */
  private readonly fetched = new Set<number>()

  constructor(
    private readonly l: Lowerer,
    private readonly holdings: Holdings,
    private readonly room: Room,
  ) {}

  /** Pins the request's model; `frameworkBytes` and `kvBytes` (0: none) are restored ahead of what is missing of it. */
  restore(model: number, missing: readonly Unit[], frameworkBytes: number, kvBytes: number, after: TaskIndex): RestoredModel {
    const ahead: Unit[] = [
      ...(frameworkBytes > 0 ? [{ content: 'framework' as const, layer: -3, bytes: frameworkBytes }] : []),
      ...(kvBytes > 0 ? [{ content: 'kv' as const, layer: -2, bytes: kvBytes }] : []),
    ]
    const { restored, extents } = this.write(model, [...ahead, ...missing], after)
    const units = restored.slice(ahead.length)
    const { depth } = this.l.policy.pipeline
    return {
      weights: new Map(this.holdings.of(model).units.map(({ layer, ready }) => [layer, ready])),
      framework: frameworkBytes > 0 ? restored[0]!.ready : -1,
      kv: kvBytes > 0 ? restored[ahead.length - 1]!.ready : -1,
      extents,
      holdBack: (layerEnds) => {
        if (depth === Infinity) return
        for (const [u, { layer }] of missing.entries()) for (const on of layerEnds.get(layer - depth) ?? []) this.l.write.dependsOn(units[u]!.gate, on)
      },
    }
  }

  /** The request begins: its model is in use, if it was not pinned already. */
  pin(request: number, model: number): void {
    if (!this.fetched.delete(request)) this.holdings.of(model).users++
  }

  /** Restores what fits of the model of `request`, from its front, once `after` has ended. */
  ahead(request: number, model: number, after: TaskIndex): void {
    if (this.fetched.has(request)) return
    this.fetched.add(request)
    this.holdings.of(model).users++
    const { pageBytes } = this.l.costs
    const releasing = this.room.releasing()
    let room = Math.max(0, releasing.reduce((sum, freed) => sum + freed.bytes, 0) - this.room.lacking(0))
    this.l.grant(-this.room.lacking(0), releasing)
    const units: Unit[] = []
    for (const unit of this.holdings.missing(model)) {
      const bytes = Math.min(unit.bytes, Math.floor(room / pageBytes) * pageBytes)
      if (bytes <= 0) break
      units.push({ ...unit, bytes })
      room -= bytes
    }
    const { write } = this.l
    const { request: now, step } = write
    write.request = request
    write.step = 0
    this.l.model = model
    this.write(model, units, after)
    write.request = now
    write.step = step
  }

  private write(model: number, units: readonly Unit[], after: TaskIndex): { restored: Restored[]; extents: Extent[] } {
    if (units.length === 0) return { restored: [], extents: [] }
    const from = this.l.extents.length
    const restored = this.l.policy.pipeline.restore(this.l, units, after)
    const held = this.holdings.of(model)
    for (const [u, unit] of units.entries()) if (unit.content === 'weights') held.units.find(({ layer }) => layer === unit.layer)!.ready.push(restored[u]!.ready)
    const made = this.l.extents.slice(from)
    for (const extent of made) if (extent.content === 'weights') this.holdings.add(model, extent)
    return { restored, extents: made.filter(({ content }) => content !== 'weights') }
  }
}
