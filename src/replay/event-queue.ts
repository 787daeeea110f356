/** A heap of numbers by (time, number), the earliest first. Nothing is allocated an event. */
export class EventQueue {
  length = 0
  private what = new Int32Array(64)
  private ns = new Float64Array(64)

  get nextNs(): number {
    return this.ns[0]!
  }

  push(t: number, ns: number): void {
    let i = this.length++
    if (i === this.what.length) {
      this.what = longer(this.what, i * 2)
      this.ns = longer(this.ns, i * 2)
    }
    const { what, ns: at } = this
    while (i > 0) {
      const up = (i - 1) >> 1
      if (at[up]! < ns || (at[up] === ns && what[up]! < t)) break
      at[i] = at[up]!
      what[i] = what[up]!
      i = up
    }
    at[i] = ns
    what[i] = t
  }

  pop(): number {
    const { what, ns: at } = this
    const top = what[0]!
    const length = --this.length
    if (length === 0) return top
    const t = what[length]!
    const ns = at[length]!
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      if (down >= length) break
      if (down + 1 < length && (at[down + 1]! < at[down]! || (at[down + 1] === at[down] && what[down + 1]! < what[down]!))) down++
      if (ns < at[down]! || (ns === at[down] && t < what[down]!)) break
      at[i] = at[down]!
      what[i] = what[down]!
      i = down
    }
    at[i] = ns
    what[i] = t
    return top
  }

  /** Other numbers for the same events, in the same order among each other. */
  rename(named: (t: number) => number): void {
    for (let i = 0; i < this.length; i++) this.what[i] = named(this.what[i]!)
  }
}

export function longer<T extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(from: T, length: number): T {
  const wider = new (from.constructor as new (length: number) => T)(length)
  wider.set(from)
  return wider
}
