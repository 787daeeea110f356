import type { Spool } from '../trace/spool.js'
import { dataTypes, kindIndex } from '../trace/words.js'
import type { Passes } from './annotations.js'
import type { DeviceEvents } from './device-events.js'
import type { ImportTools } from './format.js'
import { opRow } from './kineto-rows.js'
import { Evidence, matchModel, type ModelMatch } from './model-match.js'
import { PassLayers } from './pass-layers.js'

/** The model of a profile of operators with shapes. `layers` where its passes run through the model's layers as often as it has
 *  them: with it ops find their weights. */
export interface ProfileModel {
  readonly match: ModelMatch
  readonly layers: PassLayers | undefined
}

/** Matches the matmuls of a profile with the model table. Undefined: nothing fits, or its passes have other numbers of layers
 *  (unless the caller said which model it is). */
export function modelOfOps(events: DeviceEvents, ops: Spool, passes: Passes, tools: ImportTools): ProfileModel | undefined {
  const evidence = new Evidence()
  const types = new Map<number, number>()
  eachMatmul(events, ops, (n, k, _atNs, dataType) => {
    evidence.matmul(n, k)
    types.set(dataType, (types.get(dataType) ?? 0) + 1)
  })
  const [most] = [...types].sort(([, a], [, b]) => b - a)
  const dataType = dataTypes[most?.[0] ?? 0]!
  // The table's models are stored in 16 bits or less: how one that computes in 32 is stored, the caller has to say.
  if (dataType === 'f32' && tools.model === undefined && tools.quant === undefined) return undefined
  const match = matchModel(evidence, { quant: dataType }, tools)
  if (match === undefined) return undefined
  const { model } = match
  const layers = new PassLayers(model)
  const ends = new Map<number, number>()
  eachMatmul(events, ops, (n, k, atNs) => {
    if (!layers.isLast(n, k)) return
    const run = passes.at(atNs)
    ends.set(run, (ends.get(run) ?? 0) + 1)
  })
  const isRight = ends.size > 0 && [...ends.values()].every((count) => count === model.layers)
  if (isRight) return { match, layers }
  return match.rule === 'model-given' ? { match, layers: undefined } : undefined
}

function eachMatmul(events: DeviceEvents, ops: Spool, use: (n: number, k: number, atNs: number, dataType: number) => void): void {
  const sorted = ops.sorted()
  while (sorted.next()) {
    const { data, at } = sorted
    const [type, n, k] = [data[at + opRow.type]!, data[at + opRow.n]!, data[at + opRow.k]!]
    if (type >= 0 && n > 0 && k > 0 && events.operator(type).kind === kindIndex.matmul) use(n, k, data[at + opRow.atNs]!, data[at + opRow.dataType]!)
  }
}
