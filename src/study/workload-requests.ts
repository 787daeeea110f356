import type { DeviceProfile } from '../device/profile.js'
import { kvBytesPerToken } from '../model/architecture.js'
import { unitBytes } from '../model/operators.js'
import type { Unit } from '../replay/factors.js'
import type { RequestSource } from '../replay/request-source.js'
import { synthesiseOnce } from '../synth/synth.js'
import type { Trace, TraceModel } from '../trace/trace.js'
import type { Workload } from '../trace/workload.js'
import { modelNamed, quantisationNamed } from './names.js'

/** Traces of recent requests that are kept: equal requests come in runs. */
const KEPT = 8

const made = new WeakMap<RequestSource, { readonly workload: Workload; readonly device: DeviceProfile }>()

/** What a source was made of here, as data; undefined: it is no workload's. */
export const workloadBehind = (source: RequestSource): { readonly workload: Workload; readonly device: DeviceProfile } | undefined => made.get(source)

/** A workload's requests: operators are synthesised when a request is served and forgotten after it, so that an hour of
 *  them never lies in memory at once. Throws `UsageFault`: unknown model or quantisation. */
export function workloadRequests(workload: Workload, device: DeviceProfile): RequestSource {
  const known = workload.models.map(({ id, quant }) => ({ model: modelNamed(id), quant: quantisationNamed(quant) }))
  const units: Unit[][] = known.map(({ model, quant }) => unitBytes(model, quant).map((bytes, i) => ({ content: 'weights', layer: i - 1, bytes })))
  const models: TraceModel[] = known.map(({ model, quant }, m) => ({
    id: model.id,
    layers: model.layers,
    weightBytes: units[m]!.reduce((sum, { bytes }) => sum + bytes, 0),
    quant: quant.id,
    hidden: model.hidden,
    vocab: model.vocab,
    kvBytesPerToken: kvBytesPerToken(model),
  }))
  const indexOf = new Map(workload.requests.map(({ id }, index) => [id, index]))
  const traces = new Map<string, Trace>()
  const source: RequestSource = {
    requests: workload.requests.map(({ after = [], thinkNs = 0, ...request }) => ({ ...request, after: after.map((id) => indexOf.get(id)!), thinkNs })),
    models,
    memory: workload.memory,
    npu: workload.npu,
    units: (model) => units[model]!,
    ops(request, pastTokens, promptTokens) {
      const { model, outputTokens } = workload.requests[request]!
      const key = [model, pastTokens, promptTokens, outputTokens].join()
      let trace = traces.get(key)
      if (trace === undefined) {
        trace = synthesiseOnce({ ...known[model]!, device, promptTokens, pastTokens, outputTokens })
        traces.set(key, trace)
        if (traces.size > KEPT) traces.delete(traces.keys().next().value!)
      }
      return { trace, ops: Uint32Array.from({ length: trace.ops.length }, (_, i) => i) }
    },
  }
  made.set(source, { workload, device })
  return source
}
