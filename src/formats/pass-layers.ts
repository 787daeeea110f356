import { projections, type Architecture } from '../model/architecture.js'

/** Layers of a decoder told by the order of its matmuls: each ends with its down projection. For recordings whose names say
 *  nothing of layers (rule `matmul-order`). */
export class PassLayers {
  private run = -1
  private layer = -1
  private readonly down: { readonly n: number; readonly k: number }
  private readonly first: ReadonlySet<string>

  constructor(private readonly model: Architecture) {
    const { down, before } = projections(model)
    this.down = down
    const q = model.heads * model.headDim
    this.first = new Set([...before, { n: q + 2 * model.kvHeads * model.headDim, k: model.hidden }].map(({ n, k }) => `${n}x${k}`))
  }

  /** The layer of the next op of forward pass `run`, -1 outside of them; `n` and `k` are 0 but for a matmul. Ops come in order. */
  of(run: number, n: number, k: number): number {
    if (run !== this.run) {
      this.run = run
      this.layer = -1
    }
    if (this.layer < 0 && n > 0 && this.first.has(`${n}x${k}`)) this.layer = 0
    const { layer } = this
    if (layer >= 0 && this.isLast(n, k)) this.layer++
    return layer >= 0 && layer < this.model.layers ? layer : -1
  }

  /** Whether a matmul ends a layer. */
  isLast(n: number, k: number): boolean {
    return n === this.down.n && k === this.down.k
  }
}
