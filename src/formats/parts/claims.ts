const GAP = 8
const MAX_RUN = 16

/** Which thread takes which part of a file, in memory that both share. The thread that reads in order takes one part after the
 *  other; the other thread leaves it some and takes a run of those behind, until the first one has come to where the run began
 *  and reads on behind its end. */
export class PartClaims {
  private seen = 0

  /** How far the thread in order is, then a word for each part: 1 is taken. */
  private constructor(readonly shared: Int32Array) {}

  static of(parts: number): PartClaims {
    return new PartClaims(new Int32Array(new SharedArrayBuffer((parts + 1) * 4)))
  }

  static shared(shared: Int32Array): PartClaims {
    return new PartClaims(shared)
  }

  get parts(): number {
    return this.shared.length - 1
  }

  /** False: the other thread has it. */
  take(part: number): boolean {
    return Atomics.compareExchange(this.shared, part + 1, 0, 1) === 0
  }

  /** Parts that the thread in order has behind it. */
  get done(): number {
    return Atomics.load(this.shared, 0)
  }

  set done(parts: number) {
    Atomics.store(this.shared, 0, parts)
    Atomics.notify(this.shared, 0)
  }

  /** Nothing is left to do. */
  end(): void {
    this.done = this.parts
  }

  /** The parts that the other thread takes, until none is left; undefined: it is far ahead and has to `wait`. */
  *ahead(): Generator<number | undefined> {
    let begin = 0 // of the run
    let next = 0
    while (next < this.parts) {
      const done = (this.seen = this.done)
      if (done < begin && next - begin === MAX_RUN) yield undefined
      else if (done < begin && this.take(next)) yield next++
      else {
        // The less is left, the less is left to the other one: both shall be done at the same time.
        const from = Math.max(done, next)
        begin = next = from + Math.min(GAP, (this.parts - from) >> 1)
        if (next === this.parts) return
        if (this.take(next)) yield next
        next++
      }
    }
  }

  /** Waits, and the thread with it, until the other one is further than it was. */
  wait(): void {
    Atomics.wait(this.shared, 0, this.seen)
  }
}
