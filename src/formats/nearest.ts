/** The word of `words` that `found` most likely meant: at most a third of its letters differ. */
export function nearest(found: string, words: readonly string[]): string | undefined {
  if (found.length > 60) return undefined
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(found.length / 3)) + 1
  for (const word of words) {
    const distance = editDistance(found.toLowerCase(), word.toLowerCase())
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  return best
}

export function didYouMean(found: unknown, words: readonly string[]): string {
  const word = typeof found === 'string' ? nearest(found, words) : undefined
  return word === undefined ? `one of ${words.join(', ')}` : `did you mean ${word}?`
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
