/** The harness of every bench: both sides run alternately in one process, so that the machine's mood hits both, and
 *  what counts is the ratio of a pair. Read ratios, not times. */

export interface PairsResult {
  /** Milliseconds. */
  readonly a: Spread
  readonly b: Spread
  /** a's time over b's, pair by pair: above 1, b is faster. */
  readonly ratio: Spread
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface PairsOptions {
  /** Pairs that count; at least 9 to be quoted. */
  readonly rounds?: number
  /** Pairs run first and forgotten. */
  readonly warmUp?: number
  readonly print?: (line: string) => void
}

type Side = () => unknown

/** Runs `a` and `b` alternately (the order flips every round; promises are awaited), prints both medians with their
 *  extremes and the median of the pairwise ratios, and returns them. */
export async function pairs(labelA: string, a: Side, labelB: string, b: Side, options: PairsOptions = {}): Promise<PairsResult> {
  const { rounds = 9, warmUp = 1, print = console.log } = options
  const timesA: number[] = []
  const timesB: number[] = []
  for (let round = -warmUp; round < rounds; round++) {
    const aFirst = round % 2 === 0
    const first = await timeMs(aFirst ? a : b)
    const second = await timeMs(aFirst ? b : a)
    if (round < 0) continue
    timesA.push(aFirst ? first : second)
    timesB.push(aFirst ? second : first)
  }
  const result = { a: spread(timesA), b: spread(timesB), ratio: spread(timesA.map((ms, i) => ms / timesB[i]!)) }
  const labelWidth = Math.max(labelA.length, labelB.length)
  print(`  ${labelA.padEnd(labelWidth)}  ${describeMs(result.a)}`)
  print(`  ${labelB.padEnd(labelWidth)}  ${describeMs(result.b)}`)
  const { median, min, max } = result.ratio
  print(`  ratio ${labelA} / ${labelB}: ${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)}, ${rounds} pairs)`)
  return result
}

/** Median (mean of the middle two), least and greatest. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((x, y) => x - y)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}

async function timeMs(side: Side): Promise<number> {
  const began = performance.now()
  await side()
  return performance.now() - began
}

function describeMs({ median, min, max }: Spread): string {
  return `${median.toFixed(1)} ms (${min.toFixed(1)} to ${max.toFixed(1)})`
}
