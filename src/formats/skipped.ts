/** What an importer left out: reason → count. Reasons beyond the first 200 are counted as one. */
export class Skipped {
  private static readonly MAX_REASONS = 200
  private readonly counts = new Map<string, number>()

  count(reason: string, times = 1): void {
    const key = this.counts.has(reason) || this.counts.size < Skipped.MAX_REASONS ? reason : 'other reasons'
    this.counts.set(key, (this.counts.get(key) ?? 0) + times)
  }

  /** Sorted by reason. */
  record(): Record<string, number> {
    return Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  sentence(): string {
    const parts = [...this.counts].sort(([, a], [, b]) => b - a).slice(0, 5)
    return parts.length === 0 ? 'no events' : parts.map(([reason, count]) => `${count} × ${reason}`).join(', ')
  }
}
