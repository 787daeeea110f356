import { effect, FROM_START, type Effect } from './effects.js'
import type { Extent } from './extents.js'

/** What happens to an extent's pages, in the order of a life. */
export const lifeEvents = [
  'allocated',
  'loaded',
  'unmapped',
  'invalidated',
  'mastersUnmapped',
  'mastersDrained',
  'firewalled',
  'authenticated',
  'plaintext',
  'npuMapped',
  'encrypted',
  'stored',
  'lazy',
  'scrubbed',
  'remapped',
  'freed',
] as const satisfies readonly Effect[]
export type LifeEvent = (typeof lifeEvents)[number]
const bits = lifeEvents.map((name) => [name, effect[name]] as const)
const OF_A_LIFE = bits.reduce((all, [, bit]) => all | bit, 0)

/** When each event befell each extent, in ns: the first start of what harms from its start, the last end of all else; -1:
 *  never. Row i is extent i. What is told in any order gives the same columns. */
export class Lives {
  readonly at = Object.fromEntries(lifeEvents.map((name) => [name, new Float64Array(64).fill(-1)])) as Record<LifeEvent, Float64Array<ArrayBuffer>>
  /** Top of the region as programmed, in pages; -1: none. */
  topPages = new Float64Array(64).fill(-1)
  /** When the first check against what the owner signed began; -1: never. */
  checkedFromNs = new Float64Array(64).fill(-1)

  constructor(readonly extents: readonly Extent[]) {}

  /** A task with `does` acted on extent `id` from `startNs` to `endNs`. */
  tell(id: number, does: number, startNs: number, endNs: number, detail: number): void {
    if (id < 0 || (does & OF_A_LIFE) === 0) return
    if (id >= this.topPages.length) this.grow(id)
    for (const [name, bit] of bits) {
      if ((does & bit) === 0) continue
      const column = this.at[name]
      if ((bit & FROM_START) !== 0) column[id] = column[id]! < 0 ? startNs : Math.min(column[id]!, startNs)
      else column[id] = Math.max(column[id]!, endNs)
    }
    if ((does & effect.authenticated) !== 0) this.checkedFromNs[id] = this.checkedFromNs[id]! < 0 ? startNs : Math.min(this.checkedFromNs[id]!, startNs)
    if ((does & effect.firewalled) !== 0) this.topPages[id] = Math.max(this.topPages[id]!, detail)
  }

  /** From when on the normal world's kernel cannot reach an extent: its invalidation is complete, or a region as programmed
   *  holds all of it; Infinity: never. */
  protectedFromNs({ id, firstPage, pages }: Extent): number {
    const { unmapped, invalidated, firewalled } = this.at
    const byTables = unmapped[id]! >= 0 && invalidated[id]! >= unmapped[id]! ? invalidated[id]! : Infinity
    const byRegion = firewalled[id]! >= 0 && this.topPages[id]! >= firstPage + pages ? firewalled[id]! : Infinity
    return Math.min(byTables, byRegion)
  }

  /** What was there before the run began: protected, checked, decrypted at 0. Call when all is told. */
  finish(): void {
    if (this.extents.length > this.topPages.length) this.grow(this.extents.length)
    for (const { id, initial, firstPage, pages } of this.extents)
      if (initial) {
        for (const name of ['allocated', 'unmapped', 'invalidated', 'mastersUnmapped', 'mastersDrained', 'firewalled', 'authenticated', 'plaintext', 'npuMapped'] as const) this.at[name][id] = 0
        this.topPages[id] = firstPage + pages
        this.checkedFromNs[id] = 0
      }
  }

  private grow(id: number): void {
    let length = this.topPages.length
    while (length <= id) length *= 2
    const longer = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const wider = new Float64Array(length).fill(-1)
      wider.set(from)
      return wider
    }
    for (const name of lifeEvents) this.at[name] = longer(this.at[name])
    this.topPages = longer(this.topPages)
    this.checkedFromNs = longer(this.checkedFromNs)
  }
}
