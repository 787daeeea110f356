import { parametersOf, type ParameterId } from '../device/profile.js'
import { openStore } from '../store/store.js'
import { synthesiseInto, type SynthOptions } from '../synth/synth.js'
import type { ResolvedDevice } from './device.js'
import type { Executor } from './executors/executor.js'
import type { Metric } from './metric.js'
import type { Consent } from './policy-module/consent.js'
import { sensitivity } from './sensitivity/sensitivity.js'

/** A parameter that nobody measured on a device. */
export interface MissingParameter {
  readonly parameter: ParameterId
  readonly value: number
  readonly unit: string
  /** Largest relative change of the result at either end of its spread; null: structure, which is not moved. */
  readonly swing: number | null
  readonly source: string
}
export interface MissingSpec extends Omit<SynthOptions, 'device'> {
  readonly policy: string
  readonly over: string
  readonly metric: Metric
}

/** What is assumed of a device, what moves a policy's gain over another most first; structure, whose effect is not asked, before
 *  what moves nothing. */
export async function missingParameters(device: ResolvedDevice, spec: MissingSpec, executor: Executor, consent?: Consent): Promise<MissingParameter[]> {
  const store = openStore(':memory:')
  try {
    const { policy, over, metric, ...synth } = spec
    const { name } = await store.importTrace('', async (writer) => synthesiseInto(writer, { ...synth, device: device.profile }))
    const { sensitivity: found } = await sensitivity(store, { subject: name, policy, over, metric, device, seed: 1, rows: 0 }, executor, { consent })
    const swings = new Map(found.tornado.map(({ parameter, swing }) => [parameter, swing]))
    const missing = parametersOf(device.profile).flatMap(([parameter, { grade, value, unit, source, fixed }]): MissingParameter[] => {
      return grade === 'assumed' ? [{ parameter, value, unit, swing: fixed === true ? null : (swings.get(parameter) ?? 0), source }] : []
    })
    const rank = ({ swing }: MissingParameter): number => swing ?? Number.MIN_VALUE
    return missing.sort((a, b) => rank(b) - rank(a))
  } finally {
    store.close()
  }
}
