import { mean } from 'simple-statistics'
import { readingsBy, type ClaimSetting, type Prediction } from './claim.js'
import { allocateInside, cmaKnee, decryptPieces, ratesAdded, smmuInside } from './readings.js'
import type { Scene } from './scene.js'
import type { See } from './see.js'

/** FlexServe's four models, cold, one prompt of 128 tokens, 8 GiB of pressure. */
export const flexModels = ['qwen3-1.7b', 'llama-3.2-3b', 'llama-3.1-8b', 'qwen3-8b'] as const
export const flexScene = (model: string, policy: string, more: Partial<Scene> = {}): Scene => ({
  device: 'rk3588-nanopc-t6',
  model,
  quant: 'int8',
  promptTokens: 128,
  outputTokens: 1,
  policy,
  pressureGiB: 8,
  cached: 0,
  ...more,
})

/** Mean over the models of one policy's TTFT over another's. */
function meanRatio(see: See, over: string, under: string, more: Partial<Scene> = {}): number {
  return mean(flexModels.map((model) => see.latency(flexScene(model, over, more)).ttftNs / see.latency(flexScene(model, under, more)).ttftNs))
}

const v01 = (see: See): Prediction[] => [{ label: 'mean', value: meanRatio(see, 'strawman', 'flexserve') }]
const v02 = (see: See): Prediction[] => [{ label: 'mean', value: meanRatio(see, 'optimized-strawman', 'flexserve') }]
const v03 = (see: See): Prediction[] => [{ label: 'mean overhead', value: 100 * (meanRatio(see, 'flexserve', 'unprotected') - 1) }]

/** All weights resident: where they came from does not matter to decode. */
const decoding = { cached: 1, outputTokens: 64 }
const tpotNs = (see: See, model: string, policy: string): number => see.latency(flexScene(model, policy, decoding)).tpotNs!
const v04 = (see: See): Prediction[] => [
  { label: 'mean loss of speed', value: 100 * mean(flexModels.map((model) => 1 - tpotNs(see, model, 'unprotected') / tpotNs(see, model, 'flexserve'))) },
]
const v07 = (see: See): Prediction[] => [{ label: 'mean TTFT of OPT over FlexServe’s', value: meanRatio(see, 'optimized-strawman', 'flexserve', { pressureGiB: 0 }) }]

function v08(see: See): Prediction[] {
  const rises = ['llama-3.1-8b', 'qwen3-8b'].map((model) => {
    const [at8, at10] = [8, 10].map((pressureGiB) => see.latency(flexScene(model, 'flexserve', { pressureGiB })).ttftNs)
    return { model, rise: at10! / at8! - 1 }
  })
  return [{ label: 'TTFT rises', holds: rises.every(({ rise }) => rise > 0), finding: rises.map(({ model, rise }) => `${model} ${rise >= 0 ? '+' : ''}${(100 * rise).toFixed(1)} %`).join(', ') }]
}

/** V01–V04, V07 and V08: single requests on FlexServe's board. */
export const flexserveClaims: readonly ClaimSetting[] = [
  {
    id: 'V01',
    predict: v01,
    readings: readingsBy(v01, [ratesAdded, cmaKnee, smmuInside]),
    notes: [
      'The strawman computes on the CPU, whose prefill rate nobody published for this board: TZ-LLM’s 43 GFLOP/s on the same SoC stands in (range 36–82). At 43 the ratio is 12–16, at 82 it would be 8–9.',
      'A pull against V05: a slower CPU would make V05 easier and V01 harder. Neither is tuned.',
    ],
  },
  {
    id: 'V02',
    predict: v02,
    readings: readingsBy(v02, [allocateInside, cmaKnee, ratesAdded, smmuInside]),
    notes: ['Allocation before OPT’s pipeline or inside it is not published and moves the ratio by half: `before` is the default.', 'The board’s one CMA measurement (1272 MiB/s over 8 GiB, down to no headroom) is charged at every size; read as a knee, smaller models allocate faster and the ratio falls.'],
  },
  { id: 'V03', predict: v03, readings: readingsBy(v03, [smmuInside, ratesAdded, ...decryptPieces]), notes: [] },
  {
    id: 'V04',
    predict: v04,
    readings: readingsBy(v04, [ratesAdded]),
    notes: ['What a submission costs in FlexServe’s sandbox is not published (assumed 12 µs, 0–14) and decides this.'],
  },
  { id: 'V07', predict: v07, readings: readingsBy(v07, [allocateInside, smmuInside]), notes: ['CMA’s rate without pressure was assumed with this claim in mind: it is no independent check.'] },
  { id: 'V08', predict: v08, readings: [], drawn: false, notes: ['Swapping out at 1 GB/s (0.5–1.5, assumed) beyond the board’s 16 GiB; the published claim is a direction.'] },
]
