import { KiB, MiB } from '../../base/units.js'
import type { Lowering, PipelineMechanism } from '../../replay/factors.js'
import { decryptNs, flashReadNs, worldSwitchNs } from '../../replay/prices.js'
import { effect } from '../../run/effects.js'
import type { Extent } from '../../run/extents.js'
import { CPU, FLASH, MONITOR } from '../../run/resources.js'
import { rank, type TaskIndex } from '../../run/tasks.js'

export interface LayeredOptions {
  /** Allocation of a piece just ahead of its load, or all of it before the first load. */
  readonly allocate?: 'inside' | 'before'
  /** Off: a quarter layer a task instead of pieces between which compute can go first. */
  readonly preempt?: 'on' | 'off'
  readonly flashPieceBytes?: number
  readonly decryptPieceBytes?: number
  /** Flash requests under way at most: issue k waits for load k − this. */
  readonly outstanding?: number
  /** Layers that restoration may run ahead of computing; undefined: any number. */
  readonly depth?: number
}

/** Weights of layer i + 1 are restored while layer i computes. Stages chain by flash piece (allocate → load → protect
 *  → decrypt beside the NPU's map); compute waits for its whole layer; no stage waits for the layer before. */
export const layered = (options: LayeredOptions = {}): PipelineMechanism => {
  const allocate = options.allocate ?? 'inside'
  const preempt = options.preempt ?? 'on'
  const outstanding = options.outstanding ?? 32
  return {
    factor: 'pipeline',
    id: 'layered',
    version: 2,
    summary: `restoring a layer overlaps computing the one before; allocation ${allocate} the pipeline${preempt === 'off' ? ', no preemption' : ''}`,
    source: 'arXiv 2511.13717 §4.1 and its released stages; arXiv 2603.09046 §5.1',
    depth: options.depth ?? Infinity,
    restore(l, units, after) {
      const gates = units.map(() => (options.depth === undefined ? after : l.write.join([after])))
      const pieces = units.map((unit) => split(unit.bytes, preempt === 'on' ? (options.flashPieceBytes ?? 4 * MiB) : unit.bytes / 4).map((bytes) => l.extent(unit.content, unit.layer, bytes)))
      // What holds a layer back holds back its allocation; where all are allocated ahead, its loads, or none could begin.
      const allocated = pieces.map((own, u) => own.map((extent) => l.allocate(extent, allocate === 'before' ? after : gates[u]!)))
      const all = allocate === 'before' ? l.write.join(allocated.flat()) : -1
      const loads: TaskIndex[] = []
      const protections: TaskIndex[] = []
      return units.map((unit, u) => {
        const done: TaskIndex[] = []
        for (const [p, extent] of pieces[u]!.entries()) {
          const loaded = load(l, extent, all >= 0 ? all : allocated[u]![p]!, loads[loads.length - outstanding] ?? -1, all >= 0 && options.depth !== undefined ? gates[u]! : -1)
          loads.push(loaded)
          const safe = l.policy.memory.protect(l, extent, loaded, protections)
          protections.push(safe)
          if (l.policy.memory.secure) {
            const size = preempt === 'on' ? (options.decryptPieceBytes ?? 256 * KiB) : extent.bytes
            for (const part of split(extent.bytes, size))
              done.push(l.write.add({ cause: 'decrypt', mask: CPU, rank: rank.decrypt, durationNs: decryptNs, bytes: part, layer: unit.layer, extent: extent.id, effect: effect.plaintext | effect.authenticated }, safe))
          } else done.push(safe)
          if (l.policy.npu.needsMap) done.push(l.policy.memory.mapForNpu(l, extent, safe))
        }
        return { ready: l.write.join(done, unit.layer), gate: gates[u]! }
      })
    },
  }
}

/** One flash request; from the secure world its issue is a world switch. */
function load(l: Lowering, { id, bytes, layer }: Extent, after: TaskIndex, window: TaskIndex, gate: TaskIndex): TaskIndex {
  const { write } = l
  const read = { cause: 'flash-read', mask: FLASH, rank: rank.issue, durationNs: flashReadNs, bytes, layer, extent: id, effect: effect.loaded } as const
  if (!l.policy.memory.secure) return write.add(read, after, window, gate)
  const issued = write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.issue, durationNs: worldSwitchNs, count: 1, worldSwitches: 1, layer }, after, window, gate)
  return write.add(read, issued)
}

/** Whole pieces and a rest. */
function split(bytes: number, piece: number): number[] {
  const size = Math.max(1, Math.ceil(piece))
  const pieces: number[] = []
  for (let at = 0; at < bytes; at += size) pieces.push(Math.min(size, bytes - at))
  return pieces
}
