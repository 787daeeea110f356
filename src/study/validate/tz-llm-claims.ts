import { readingsBy, type ClaimSetting, type Prediction } from './claim.js'
import { QWEN_UNTIED } from './papers-models.js'
import { checkpointFree, option, qwenTied, ratesAdded } from './readings.js'
import type { Scene } from './scene.js'
import type { See } from './see.js'

/** TZ-LLM's four models with the memory pressure that each ran under, in GiB. */
export const tzModels = [
  { name: 'tinyllama-1.1b', model: 'tinyllama-1.1b', pressureGiB: 13 },
  { name: 'qwen2.5-3b', model: QWEN_UNTIED, pressureGiB: 11 },
  { name: 'phi-3-mini', model: 'phi-3-mini', pressureGiB: 10 },
  { name: 'llama-3-8b', model: 'llama-3-8b', pressureGiB: 6 },
] as const
export type TzModel = (typeof tzModels)[number]
export const tzPrompts = [32, 128, 512] as const

export const STRAWMAN = 'strawman?startup=cold-init'
export const FLASH = 'unprotected'
export const MEMORY = 'unprotected?residency=keep-all'

export const tzScene = ({ model, pressureGiB }: Pick<TzModel, 'model' | 'pressureGiB'>, policy: string, promptTokens: number, more: Partial<Scene> = {}): Scene => ({
  device: 'rk3588-orangepi5plus',
  model,
  quant: 'q8_0',
  promptTokens,
  outputTokens: 1,
  policy,
  pressureGiB,
  cached: policy === MEMORY ? 1 : 0,
  ...more,
})
const ttftNs = (see: See, model: TzModel, policy: string, prompt: number): number => see.latency(tzScene(model, policy, prompt)).ttftNs

/** TZ-LLM's TTFT over another policy's: one number a model. */
export const over = (see: See, policy: string, prompt: number): number[] => tzModels.map((model) => ttftNs(see, model, 'tz-llm', prompt) / ttftNs(see, model, policy, prompt))
const spread = (label: string, values: readonly number[]): Prediction => ({ label, low: Math.min(...values), high: Math.max(...values) })

const v16 = (see: See): Prediction[] => [
  spread('fixed prompts', tzPrompts.flatMap((prompt) => over(see, STRAWMAN, prompt).map((ratio) => 100 * (1 - ratio)))),
  { label: 'three benchmarks', unknown: 'the prompts of UltraChat, PersonaChat and DroidTask are not part of this project; their lengths lie among the fixed ones' },
]
const v18 = (see: See): Prediction[] => [spread('over the models', over(see, MEMORY, 512).map((ratio) => 100 * (ratio - 1)))]
const v19 = (see: See): Prediction[] => [{ label: 'maximum', value: Math.max(...tzPrompts.flatMap((prompt) => over(see, MEMORY, prompt))) }]

/** Whole model cached, as the artifact's script runs it. */
const decoding = { cached: 1, outputTokens: 64 }
const tpotNs = (see: See, model: TzModel, policy: string): number => see.latency(tzScene(model, policy, 128, decoding)).tpotNs!
const decodeAgainst = (policy: string) => (see: See): Prediction[] =>
  tzModels.map((model) => ({ label: model.name, value: 100 * (tpotNs(see, model, policy) / tpotNs(see, model, 'tz-llm') - 1) }))
const v20 = decodeAgainst(FLASH)
const v21 = decodeAgainst(STRAWMAN)

/** Restoring serially, layer by layer without preemption, then with it; the most that each step takes off. */
function v23(see: See): Prediction[] {
  const models = tzModels.filter(({ name }) => name === 'qwen2.5-3b' || name === 'llama-3-8b')
  const steps = models.flatMap((model) =>
    tzPrompts.map((prompt) => {
      const serial = ttftNs(see, model, 'tz-llm?pipeline=serial', prompt)
      const whole = ttftNs(see, model, 'tz-llm?preempt=off', prompt)
      return { pipeline: 1 - whole / serial, preemption: 1 - ttftNs(see, model, 'tz-llm', prompt) / whole }
    }),
  )
  return [
    { label: 'pipeline, up to', value: 100 * Math.max(...steps.map(({ pipeline }) => pipeline)) },
    { label: 'preemption further, up to', value: 100 * Math.max(...steps.map(({ preemption }) => preemption)) },
  ]
}

function v26(see: See): Prediction[] {
  const { ttftNs, tpotNs } = see.latency(tzScene({ model: QWEN_UNTIED, pressureGiB: 11 }, 'tz-llm', 32, { outputTokens: 64 }))
  return [
    { label: 'TTFT', value: ttftNs / 1e6 },
    { label: 'decode', value: 1e9 / tpotNs! },
  ]
}

type TimeKey = 'busyNs' | 'exposedNs'
const coDriverShare = (key: TimeKey) => (see: See): Prediction[] => {
  const cold = tzModels.map((model) => see.detail(tzScene(model, 'tz-llm', 128)))
  const warm = tzModels.map((model) => see.detail(tzScene(model, 'tz-llm', 128, decoding)))
  return [
    spread('of TTFT', cold.map((one) => (100 * (one[key]['npu-switch'] ?? 0)) / one.ttftNs)),
    spread('of decode time', warm.map(({ decode }) => (100 * (decode[key]['npu-switch'] ?? 0)) / decode.lengthNs)),
  ]
}
const v28 = coDriverShare('busyNs')

/** V16, V18–V21, V23, V26, V28: single requests on TZ-LLM's board. */
export const tzLlmClaims: readonly ClaimSetting[] = [
  { id: 'V16', predict: v16, readings: readingsBy(v16, [checkpointFree, ratesAdded, qwenTied]), notes: ['The widest claim of all: every model and prompt at once. The range over 12 settings is held against the published range.'] },
  { id: 'V18', predict: v18, readings: readingsBy(v18, [checkpointFree, ratesAdded]), notes: ['REE-LLM-Memory is the unprotected policy with all weights kept.', 'At 512 tokens nearly all restoration hides behind computing here; the published overhead is larger at this length over REE-LLM-Flash too (V17), and so is the co-driver’s share (V28): something that grows with the prefill is missing from the component figures.'] },
  { id: 'V19', predict: v19, readings: readingsBy(v19, [checkpointFree, qwenTied]), notes: [] },
  { id: 'V20', predict: v20, readings: [], notes: ['The co-driver’s cost a submission was read from these four figures.'] },
  { id: 'V21', predict: v21, readings: readingsBy(v21, [qwenTied]), notes: ['Decode is bandwidth on both sides here (26 GB/s by the NPU, 20 by the CPU), so the gain hardly depends on the model; the published one grows from 1 to 23 %. What limits small models on the board is not in the component figures.'] },
  { id: 'V23', predict: v23, readings: readingsBy(v23, [ratesAdded]), notes: ['“Up to”: the most over both models and the three prompts. The paper’s serial baseline is read as cold, with NPU and checkpoint; it does not say how much was cached, and a partly cached one has less to gain.'] },
  {
    id: 'V26',
    predict: v26,
    readings: readingsBy(v26, [qwenTied, checkpointFree, ratesAdded, option('tz-llm', 'decode', 'cpu')]),
    notes: ['Bound by flash: the file at the measured rate alone is 1.71 s, and 0.24 s remain for what comes before and after. The published size (3.3 GiB) decides for the file; with the model’s tied configuration instead the replay is 0.15 s shorter and its error twice as large.'],
  },
  { id: 'V28', predict: v28, readings: [{ id: 'exposed', predict: coDriverShare('exposedNs') }], notes: ['Busy time of the co-driver’s calls over the window, as summed timers give it; exposed is the part on the critical path.', 'The cost of a submission (12 µs) was read from decode (V20). A prefill submits a few times as often as a decode step but computes far longer, so that one constant cannot meet both published ranges: a prefill’s job must cost more, by draining or granting more memory, which nobody published.'] },
]
