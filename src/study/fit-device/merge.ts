import type { FitPoint } from './points.js'

/** More points of a kind than this are averaged in neighbourhoods. */
const MOST_POINTS = 32

/** More points of a phase than this on one processor are thinned out. */
const MOST_OF_A_PHASE = 256

/** Points of which no two are of the same subject: repeated measurements are one point of their geometric mean (which is what
 *  least squares over the logarithm fits), and where a log has hundreds of steps, those of neighbouring depths are. */
export function merged(points: readonly FitPoint[], warn: (text: string) => void): FitPoint[] {
  return groupsOf(averaged(points, warn), ({ phase, processor }) => `${phase} on ${processor}`).flatMap((own) => {
    if (own.length <= MOST_OF_A_PHASE) return own
    warn(`${MOST_OF_A_PHASE} of ${own.length} different ${own[0]!.phase}s on ${own[0]!.processor} are used, evenly by length`)
    const sorted = [...own].sort((a, b) => a.tokens - b.tokens || a.past - b.past || a.line - b.line)
    return Array.from({ length: MOST_OF_A_PHASE }, (_, i) => sorted[Math.floor((i * sorted.length) / MOST_OF_A_PHASE)]!)
  })
}

function averaged(points: readonly FitPoint[], warn: (text: string) => void): FitPoint[] {
  const kinds = groupsOf(points, ({ phase, processor, tokens, quant, modelBytes }) => [phase, processor, tokens, quant.id, quant.bytesPerWeight, modelBytes].join(' '))
  return kinds.flatMap((kind) => {
    const subjects = groupsOf([...kind].sort((a, b) => a.past - b.past || a.line - b.line), ({ past }) => `${past}`)
    if (subjects.length <= MOST_POINTS) return subjects.map(meanOf)
    const [{ phase }] = kind as [FitPoint]
    warn(`${subjects.length} measured ${phase}s of different depths are averaged in ${MOST_POINTS} neighbourhoods`)
    return Array.from({ length: MOST_POINTS }, (_, i) => meanOf(subjects.slice(Math.floor((i * subjects.length) / MOST_POINTS), Math.floor(((i + 1) * subjects.length) / MOST_POINTS)).flat()))
  })
}

function groupsOf(points: readonly FitPoint[], keyOf: (point: FitPoint) => string): FitPoint[][] {
  const groups = new Map<string, FitPoint[]>()
  for (const point of points) {
    const key = keyOf(point)
    const seen = groups.get(key)
    if (seen === undefined) groups.set(key, [point])
    else seen.push(point)
  }
  return [...groups.values()]
}

/** The mean of a neighbourhood, at its mean depth; its spread is that of the repetitions, else the measured one. */
function meanOf(points: readonly FitPoint[]): FitPoint {
  const [first] = points as [FitPoint]
  if (points.length === 1) return first
  const mean = (of: (point: FitPoint) => number): number => points.reduce((sum, point) => sum + of(point), 0) / points.length
  const ns = Math.exp(mean(({ ns: one }) => Math.log(one)))
  const sd = Math.sqrt((mean(({ ns: one }) => (one - ns) ** 2) * points.length) / (points.length - 1))
  return { ...first, past: Math.round(mean(({ past }) => past)), ns, sdNs: sd, runs: points.reduce((sum, { runs }) => sum + runs, 0) }
}
