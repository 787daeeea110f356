import type { Extent } from '../../run/extents.js'

/** Extents that are live at one time, in order of address. */
export class LivePages {
  private readonly extents: Extent[] = []
  /** Of the longest extent ever: how far back one may begin that reaches over a page. */
  private longest = 0

  add(extent: Extent): void {
    this.extents.splice(this.from(extent.firstPage), 0, extent)
    this.longest = Math.max(this.longest, extent.pages)
  }

  /** Does nothing where it was never added. */
  remove(extent: Extent): void {
    for (let i = this.from(extent.firstPage); this.extents[i]?.firstPage === extent.firstPage; i++)
      if (this.extents[i] === extent) {
        this.extents.splice(i, 1)
        return
      }
  }

  /** Those that share a page with `extent`, in order of address. */
  meeting({ firstPage, pages }: Extent): Extent[] {
    const found: Extent[] = []
    for (let i = this.from(firstPage - this.longest); i < this.extents.length && this.extents[i]!.firstPage < firstPage + pages; i++) {
      const other = this.extents[i]!
      if (other.firstPage + other.pages > firstPage) found.push(other)
    }
    return found
  }

  /** The place of the first that begins at `page` or behind it. */
  private from(page: number): number {
    let low = 0
    let high = this.extents.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.extents[middle]!.firstPage < page) low = middle + 1
      else high = middle
    }
    return low
  }
}
