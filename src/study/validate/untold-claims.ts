import type { ClaimSetting, Prediction } from './claim.js'
import { tzModels, tzScene } from './tz-llm-claims.js'
import type { See } from './see.js'

/** Claims about applications of the normal world: the replay has none, and says what it can. */
const untold = (id: ClaimSetting['id'], labels: readonly string[], why: (see: See) => string, ...notes: string[]): ClaimSetting => ({
  id,
  predict: (see) => labels.map((label): Prediction => ({ label, unknown: why(see) })),
  readings: [],
  notes,
  drawn: false,
})

/** Share of the TTFT during which CMA migrates, and the memory traffic of it (each byte read and written). */
function migration(see: See): string {
  const parts = tzModels.map((model) => {
    const { busyNs, ttftNs, tally } = see.detail(tzScene(model, 'tz-llm', 128))
    const allocate = tally.allocate!
    const share = (busyNs.allocate ?? 0) / 4 / ttftNs
    return { share, gbPerS: (2 * allocate.bytes * 4) / allocate.ns }
  })
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
  const shares = parts.map(({ share }) => share)
  return `the replay holds no application; it says that CMA migrates in ${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} of the four cores’ time before the first token (128 tokens), moving ${Math.max(...parts.map(({ gbPerS }) => gbPerS)).toFixed(1)} GB/s of reads and writes meanwhile`
}

/** Of normal-world work while stage-2 is active, in percent. */
const stage2Percent = (see: See): number => 100 * see.value('rk3588-nanopc-t6', 'monitor.stage2OnCostShare')
const v13 = (see: See): Prediction[] => [{ label: 'mean', value: stage2Percent(see) }]
const v30 = (see: See): Prediction[] => [
  { label: 'mean', value: stage2Percent(see) },
  { label: 'largest', unknown: 'one program’s cost depends on its own pages; the replay charges all normal-world work alike' },
]

export const untoldClaims: readonly ClaimSetting[] = [
  { id: 'V13', predict: v13, readings: [], notes: ['Stage-2’s on-cost is a parameter: charged to the normal world’s work, not predicted.'] },
  untold(
    'V14',
    ['at most'],
    (see) => `the replay holds no database; of the published 1.31× stage-2’s mean on-cost explains ${(1 + stage2Percent(see) / 100).toFixed(3)}×, at V30’s largest 1.098×; the rest is shared memory bandwidth`,
    'A law of interference would have to be fitted to this one point, and would then explain it.',
  ),
  { id: 'V30', predict: v30, readings: [], notes: ['Geekbench’s mean is the lower end of the same parameter’s range.'] },
  untold('V31', ['at most'], migration),
]
