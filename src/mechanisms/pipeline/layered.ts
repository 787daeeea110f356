import { KiB, MiB } from '../../base/units.js'
import type { Lowering, PipelineMechanism, Unit } from '../../replay/factors.js'
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
    version: 1,
    summary: `restoring a layer overlaps computing the one before; allocation ${allocate} the pipeline${preempt === 'off' ? ', no preemption' : ''}`,
    source: 'arXiv 2511.13717 §4.1 and its released stages; arXiv 2603.09046 §5.1',
    restore(l, units, after) {
      const pieces = units.map((unit) => split(unit.bytes, preempt === 'on' ? (options.flashPieceBytes ?? 4 * MiB) : unit.bytes / 4))
      const allocated = new Map<Unit, TaskIndex[]>()
      if (allocate === 'before') {
        const all = l.write.join(units.flatMap((unit, u) => pieces[u]!.map((bytes) => l.allocate(bytes, unit.layer, after))))
        for (const [u, unit] of units.entries()) allocated.set(unit, pieces[u]!.map(() => all))
      } else for (const [u, unit] of units.entries()) allocated.set(unit, pieces[u]!.map((bytes) => l.allocate(bytes, unit.layer, after)))

      const loads: TaskIndex[] = []
      let before: TaskIndex = -1
      return units.map((unit, u) => {
        const done: TaskIndex[] = []
        for (const [p, bytes] of pieces[u]!.entries()) {
          const loaded = load(l, bytes, unit.layer, allocated.get(unit)![p]!, loads[loads.length - outstanding] ?? -1)
          loads.push(loaded)
          before = l.policy.memory.protect(l, bytes, unit.layer, loaded, before)
          if (l.policy.memory.secure) {
            const size = preempt === 'on' ? (options.decryptPieceBytes ?? 256 * KiB) : bytes
            for (const part of split(bytes, size))
              done.push(l.write.add({ cause: 'decrypt', mask: CPU, rank: rank.decrypt, durationNs: part * l.costs.decryptNsPerByte, bytes: part, layer: unit.layer }, before))
          } else done.push(before)
          if (l.policy.npu.needsMap) done.push(l.policy.memory.mapForNpu(l, bytes, unit.layer, before))
        }
        return l.write.join(done, unit.layer)
      })
    },
  }
}

/** One flash request; from the secure world its issue is a world switch. */
function load(l: Lowering, bytes: number, layer: number, after: TaskIndex, window: TaskIndex): TaskIndex {
  const { write, costs } = l
  const read = { cause: 'flash-read', mask: FLASH, rank: rank.issue, durationNs: bytes * costs.flashNsPerByte, bytes, layer } as const
  if (!l.policy.memory.secure) return write.add(read, after, window)
  const issued = write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.issue, durationNs: costs.worldSwitchNs, count: 1, worldSwitches: 1, layer }, after, window)
  return write.add(read, issued)
}

/** Whole pieces and a rest. */
function split(bytes: number, piece: number): number[] {
  const size = Math.max(1, Math.ceil(piece))
  const pieces: number[] = []
  for (let at = 0; at < bytes; at += size) pieces.push(Math.min(size, bytes - at))
  return pieces
}
