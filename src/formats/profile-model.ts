import { projections, type Architecture } from '../model/architecture.js'
import type { Spool } from '../trace/spool.js'
import { dataTypes, kindIndex } from '../trace/words.js'
import type { DeviceEvents, Understood } from './device-events.js'
import type { ImportTools } from './format.js'
import { opRow } from './kineto-rows.js'
import { Evidence, matchModel, type ModelMatch } from './model-match.js'
import type { OpSurvey } from './op-survey.js'
import { PassLayers } from './pass-layers.js'

/** The model of a profile of operators with shapes. `layers` where its passes run through the model's layers as often as it has
 *  them: with it ops find their weights. */
export interface ProfileModel {
  readonly match: ModelMatch
  readonly layers: PassLayers | undefined
}

/** Below this share of the time of its matmuls in shapes that the model has, a profile is of more than that model: a text encoder is
 *  not the model of pictures that it serves. */
const TIME_FIT = 0.9

/** Matches the matmuls of a profile with the model table. Undefined: nothing fits, or its passes have other numbers of layers
 *  (unless the caller said which model it is). */
export function modelOfOps(events: DeviceEvents, ops: Spool, { passes, survey }: Understood, tools: ImportTools): ProfileModel | undefined {
  const evidence = new Evidence()
  for (const { n, k, count } of survey.shapes.values()) for (let i = 0; i < count; i++) evidence.matmul(n, k)
  const [most] = [...survey.types].sort(([, a], [, b]) => b - a)
  const dataType = dataTypes[most?.[0] ?? 0]!
  // The table's models are stored in 16 bits or less: how one that computes in 32 is stored, the caller has to say.
  if (dataType === 'f32' && tools.model === undefined && tools.quant === undefined) return undefined
  const match = matchModel(evidence, { quant: dataType }, tools)
  if (match === undefined) return undefined
  const { model } = match
  const layers = new PassLayers(model)
  const ends = new Map<number, number>()
  const sorted = ops.sorted()
  while (sorted.next()) {
    const { data, at } = sorted
    const type = data[at + opRow.type]!
    if (type < 0 || !layers.isLast(data[at + opRow.n]!, data[at + opRow.k]!) || events.operator(type).kind !== kindIndex.matmul) continue
    const run = passes.at(data[at + opRow.atNs]!)
    ends.set(run, (ends.get(run) ?? 0) + 1)
  }
  const isWhole = ends.size > 0 && [...ends.values()].every((count) => count === model.layers)
  if (match.rule === 'model-given') return { match, layers: isWhole ? layers : undefined }
  return isWhole && timeFit(model, survey) >= TIME_FIT ? { match, layers } : undefined
}

/** The share of the time of all matmuls in shapes that the model has. */
function timeFit(model: Architecture, { shapes, matmulNs }: OpSurvey): number {
  const p = projections(model)
  const heads = model.heads + 2 * model.kvHeads
  const own = [...p.before, p.output, ...p.gateUp, p.down, { n: heads * model.headDim, k: model.hidden }, { n: 2 * model.ffn, k: model.hidden }, { n: model.vocab, k: model.hidden }]
  const keys = new Set(own.map(({ n, k }) => `${n}x${k}`))
  let ownNs = 0
  for (const [key, { ns }] of shapes) if (keys.has(key)) ownNs += ns
  return matmulNs === 0 ? 0 : ownNs / matmulNs
}
