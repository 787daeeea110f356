/** Pages of physical memory, handed out in runs, lowest first; what is given back is joined with its neighbours. */
export class PageFrames {
  private free: { first: number; pages: number }[] = []

  /** From `first` on all is free; below lies what is never given out. */
  constructor(private next: number) {}

  take(pages: number): number {
    const i = this.free.findIndex((run) => run.pages >= pages)
    if (i < 0) {
      const first = this.next
      this.next += pages
      return first
    }
    const run = this.free[i]!
    const { first } = run
    run.first += pages
    run.pages -= pages
    if (run.pages === 0) this.free.splice(i, 1)
    return first
  }

  give(first: number, pages: number): void {
    let i = this.free.findIndex((run) => run.first > first)
    if (i < 0) i = this.free.length
    const before = this.free[i - 1]
    const after = this.free[i]
    const joinsBefore = before !== undefined && before.first + before.pages === first
    const joinsAfter = after !== undefined && first + pages === after.first
    if (joinsBefore) {
      before.pages += pages
      if (joinsAfter) {
        before.pages += after.pages
        this.free.splice(i, 1)
      }
    } else if (joinsAfter) {
      after.first = first
      after.pages += pages
    } else this.free.splice(i, 0, { first, pages })
  }
}
