/** The candidate nearest to `asked` by edits, or undefined when none is near enough to be what was meant: at most
 *  two in five of the longer of the two. Ties go to the first by code unit. */
export function closest(asked: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestEdits = Infinity
  for (const candidate of [...candidates].sort()) {
    const edits = editsBetween(asked, candidate)
    if (edits < bestEdits && edits <= Math.max(asked.length, candidate.length) * 0.4) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** Levenshtein distance over UTF-16 units, one row at a time; text longer than 64 units counts as far away. */
function editsBetween(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Infinity
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    previous = row
  }
  return previous[b.length]!
}
