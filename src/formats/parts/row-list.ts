import type { RowSink } from '../../trace/spool.js'

/** Rows, one behind the other, in `data[0 … used)`. */
export interface Rows {
  readonly data: Float64Array<ArrayBuffer>
  readonly used: number
}

/** Rows in the order they came, given away part by part. Memory that comes back is used again: fresh memory for every part
 *  costs threads of one process more than the scan, as they wait for each other's pages. */
export class RowList implements RowSink {
  readonly row: Float64Array
  /** Rows since the beginning, those given away too. */
  length = 0
  private data: Float64Array<ArrayBuffer>
  private used = 0
  private readonly spare: Float64Array<ArrayBuffer>[] = []

  constructor(private readonly width: number) {
    this.row = new Float64Array(width)
    this.data = new Float64Array(width * 1024)
  }

  add(): void {
    const { row, width } = this
    if (this.used === this.data.length) {
      const wider = new Float64Array(this.data.length * 2)
      wider.set(this.data)
      this.data = wider
    }
    const { data } = this
    for (let column = 0; column < width; column++) data[this.used + column] = row[column]!
    this.used += width
    this.length++
  }

  addAll(rows: Float64Array, count: number): void {
    const { width } = this
    let wanted = this.data.length
    while (this.used + count * width > wanted) wanted *= 2
    if (wanted > this.data.length) {
      const wider = new Float64Array(wanted)
      wider.set(this.data.subarray(0, this.used))
      this.data = wider
    }
    this.data.set(rows.subarray(0, count * width), this.used)
    this.used += count * width
    this.length += count
  }

  /** The rows since the last call. */
  take(): Rows {
    const taken = { data: this.data, used: this.used }
    this.data = this.spare.pop() ?? new Float64Array(this.data.length)
    this.used = 0
    return taken
  }

  /** The rows since the last call, in memory of their own. */
  takeCopy(): Float64Array<ArrayBuffer> {
    const taken = this.data.slice(0, this.used)
    this.used = 0
    return taken
  }

  /** Rows since the last call of `take`. */
  get held(): number {
    return this.used / this.width
  }

  /** Takes back memory of rows that nobody reads any more. */
  takeBack({ data }: Rows): void {
    this.spare.push(data)
  }
}
