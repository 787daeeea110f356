import { causeIndex } from '../run/causes.js'
import { rank, type TaskIndex, type TaskWriter } from '../run/tasks.js'

/** What an op waits for; reused from op to op. */
export class Waits {
  length = 0
  private on = new Int32Array(8)

  clear(): void {
    this.length = 0
  }

  add(task: TaskIndex): void {
    if (task < 0) return
    if (this.length === this.on.length) {
      const wider = new Int32Array(this.length * 2)
      wider.set(this.on)
      this.on = wider
    }
    this.on[this.length++] = task
  }

  /** One task that ends when all have; -1: there is nothing to wait for. */
  joined(write: TaskWriter, layer: number): TaskIndex {
    if (this.length <= 1) return this.length === 0 ? -1 : this.on[0]!
    const join = write.task(causeIndex.wait, 0, rank.compute, 0, layer)
    for (let i = 0; i < this.length; i++) write.waitsFor(this.on[i]!)
    return join
  }
}
