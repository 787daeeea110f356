import { projections, type Architecture } from '../model/architecture.js'
import type { OpRole } from './op-roles.js'

/** Matmuls of a file by shape or role, as often as they come in it. */
export interface SeenMatmuls {
  readonly counts: ReadonlyMap<string, number>
  readonly passes: number
}

/** Where an op's weights are: of layer `layer`, or of the head or embedding (-1). */
export interface UnitPlace {
  readonly layer: number
  readonly role: OpRole | undefined
}

interface Pass {
  step: number
  readonly seen: Map<string, number>
}

/** Projections of a layer in order, by how many matmuls it has. */
const rolesOf: Readonly<Record<number, readonly OpRole[]>> = {
  4: ['qkv', 'o', 'gate-up', 'down'],
  5: ['qkv', 'o', 'gate', 'up', 'down'],
  6: ['q', 'k', 'v', 'o', 'gate-up', 'down'],
  7: ['q', 'k', 'v', 'o', 'gate', 'up', 'down'],
}

/** What tells matmuls without a layer apart: their shape, else their role; '': nothing. */
export const matmulKey = (n: number, k: number, role: OpRole | undefined): string => (n > 0 && k > 0 ? `${n}x${k}` : (role ?? ''))

/** Which layer's weights a matmul reads where no name says so: the j-th matmul of a shape or role in a pass is of layer j, or of
 *  layer ⌊j / p⌋ where each layer has p of them. Where neither is known the matmuls of a pass are shared out over the layers in order,
 *  and get their roles where their number is that of a decoder. Holds for files in order of time and for counts that were expanded. */
export class UnitOrder {
  private readonly passes = new Map<number, Pass>()
  private readonly layerShapes: ReadonlySet<string>
  /** Matmuls of a pass of which nothing is known, the head among them where `hasHead`. */
  private readonly unknown: number
  private readonly hasHead: boolean

  constructor(
    private readonly model: Architecture,
    private readonly matmuls: SeenMatmuls,
  ) {
    const p = projections(model)
    const kv = model.kvHeads * model.headDim
    const fused = [
      { n: model.heads * model.headDim + 2 * kv, k: model.hidden },
      { n: 2 * kv, k: model.hidden },
      { n: 2 * model.ffn, k: model.hidden },
    ]
    this.layerShapes = new Set([...p.before, p.output, ...p.gateUp, p.down, ...fused].map(({ n, k }) => `${n}x${k}`))
    this.unknown = Math.round((matmuls.counts.get('') ?? 0) / matmuls.passes)
    this.hasHead = this.unknown % model.layers === 1 && this.unknown > 1
  }

  /** The place of the next matmul without a layer of step `step` of `request`; undefined: it is none of the model's. */
  of(request: number, step: number, n: number, k: number, role: OpRole | undefined): UnitPlace | undefined {
    const { model } = this
    const key = matmulKey(n, k, role)
    // Vocabularies are padded, each runtime to its own multiple.
    if (role === 'head' || (k === model.hidden && Math.abs(n - model.vocab) <= 0.05 * model.vocab)) return { layer: -1, role: 'head' }
    if (key === '') return this.unnamed(this.next(request, step, key))
    if (role === undefined && !this.layerShapes.has(key)) return undefined
    const aLayer = Math.max(1, Math.round((this.matmuls.counts.get(key) ?? 0) / (this.matmuls.passes * this.model.layers)))
    return { layer: Math.floor(this.next(request, step, key) / aLayer) % this.model.layers, role }
  }

  private unnamed(j: number): UnitPlace | undefined {
    const { layers } = this.model
    const inLayers = this.unknown - (this.hasHead ? 1 : 0)
    if (inLayers < layers) return undefined
    if (j >= inLayers) return this.hasHead ? { layer: -1, role: 'head' } : undefined
    const layer = Math.floor((j * layers) / inLayers)
    const roles = inLayers % layers === 0 ? rolesOf[inLayers / layers] : undefined
    return { layer, role: roles?.[j % roles.length] }
  }

  /** How many of this key the pass has had. */
  private next(request: number, step: number, key: string): number {
    let pass = this.passes.get(request)
    if (pass === undefined || pass.step !== step) this.passes.set(request, (pass = { step, seen: new Map() }))
    const j = pass.seen.get(key) ?? 0
    pass.seen.set(key, j + 1)
    return j
  }
}
