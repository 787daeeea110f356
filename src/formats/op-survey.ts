import type { Spool } from '../trace/spool.js'
import { kindIndex } from '../trace/words.js'
import { opRow } from './kineto-rows.js'
import { CPU_OP } from './kineto-what.js'
import { Overlaps } from './overlaps.js'
import type { TorchOp } from './torch-op.js'

const MAX_SHAPES = 4096

/** Matmuls of one weight shape: how many there are, how long they take, in which type most of them. */
export interface ShapeTime {
  readonly n: number
  readonly k: number
  count: number
  ns: number
}

/** What one pass over the ops in order of start finds, before they are written. */
export class OpSurvey {
  readonly overlaps = new Overlaps()
  /** By `n × k`. */
  readonly shapes = new Map<string, ShapeTime>()
  /** Time of the matmuls called by operators, those without shapes too. */
  matmulNs = 0
  /** By index into `dataTypes`: matmuls with shapes. */
  readonly types = new Map<number, number>()

  /** Calls `onMatmul` for each matmul: when it was called, its rows (0: unknown), how long it took. */
  constructor(ops: Spool, operator: (name: number) => TorchOp, onMatmul: (atNs: number, m: number, ns: number) => void) {
    const lanes = new Map<string, number>()
    let [lane, device, stream] = [-1, NaN, NaN] // the latest: most ops are on the lane of the one before
    const sorted = ops.sorted()
    while (sorted.next()) {
      const { data, at } = sorted
      if (data[at + opRow.what] !== CPU_OP) {
        if (data[at + opRow.device] !== device || data[at + opRow.stream] !== stream) {
          device = data[at + opRow.device]!
          stream = data[at + opRow.stream]!
          const key = `${device}/${stream}`
          lane = lanes.get(key) ?? lanes.size
          lanes.set(key, lane)
        }
        this.overlaps.see(lane, data[at + opRow.seq]!, data[at + opRow.startNs]!, data[at + opRow.durationNs]!)
      }
      const type = data[at + opRow.type]!
      if (type < 0 || operator(type).kind !== kindIndex.matmul) continue
      onMatmul(data[at + opRow.atNs]!, data[at + opRow.m]!, data[at + opRow.durationNs]!)
      this.matmul(data, at)
    }
  }

  private matmul(data: Float64Array, at: number): void {
    const n = data[at + opRow.n]!
    const k = data[at + opRow.k]!
    const ns = data[at + opRow.durationNs]!
    this.matmulNs += ns
    if (n === 0 || k === 0) return
    const dataType = data[at + opRow.dataType]!
    this.types.set(dataType, (this.types.get(dataType) ?? 0) + 1)
    const key = `${n}x${k}`
    const seen = this.shapes.get(key)
    if (seen !== undefined) {
      seen.count++
      seen.ns += ns
    } else if (this.shapes.size < MAX_SHAPES) this.shapes.set(key, { n, k, count: 1, ns })
  }
}
