import type { WordTable } from './word-table.js'

const TABLE = 2 ** 20

/** Which categories of slices lie on which tracks, to know those that are no work of their own: what they measure is in other
 *  slices of their process. */
export class SliceSources {
  private readonly seen = new Map<number, { track: number; cat: number }>()
  private reasons: Map<number, string> | undefined

  constructor(
    private readonly words: WordTable,
    private readonly processOf: (track: string) => string,
  ) {}

  see(track: number, cat: number): void {
    const key = track * TABLE + cat
    if (!this.seen.has(key)) this.seen.set(key, { track, cat })
  }

  /** Why slices of a category on a track are left out; undefined: they are work. Asked when all are seen. */
  leftOut(track: number, cat: number): string | undefined {
    return (this.reasons ??= this.found()).get(track * TABLE + cat)
  }

  private found(): Map<number, string> {
    const rows = [...this.seen].map(([key, { track, cat }]) => ({ key, cat: this.words.text(cat), track: this.words.text(track) }))
    // Hexagon's tracer: operators on a track, and on others of the process what the vector, matrix and DMA units did in them.
    const withOperators = new Set(rows.filter(({ cat }) => cat === 'operator').map(({ track }) => this.processOf(track)))
    // OpenCL's: a kernel is told on the track Host while it waits (queued to submitted), and on the track Device while it runs.
    const withDevice = new Set(rows.filter(({ cat, track }) => isOpenCl(cat) && /\/Device$/.test(track)).map(({ track }) => this.processOf(track)))
    const reasons = new Map<number, string>()
    for (const { key, cat, track } of rows) {
      if (cat === 'trace' && withOperators.has(this.processOf(track))) reasons.set(key, 'slice of a unit within an operator')
      else if (isOpenCl(cat) && /\/Host$/.test(track) && withDevice.has(this.processOf(track))) reasons.set(key, 'wait of a kernel on the host (queued to submitted)')
    }
    return reasons
  }
}

const isOpenCl = (cat: string): boolean => /^opencl$/i.test(cat)
