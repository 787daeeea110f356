import { MS, S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type NpuEvent, type Workload } from '../../trace/workload.js'
import { draws } from '../draws.js'
import { int8, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

/** Frames of a camera: a job every 33 ms in bursts of 2 s, one every 10 s. */
const FRAME_NS = 33 * MS
const JOB_NS = 12 * MS
const BURST = 60
const BURST_EVERY_NS = 10 * S

/** Requests while the normal world wants the NPU too. */
export const npuContentionKind: WorkloadKind = {
  id: 'npu-contention',
  summary: 'requests while the normal world wants the NPU for frames of a camera',
  heeds: ['models', 'requests', 'promptTokens', 'outputTokens'],
  defaults: { models: int8('llama-3.2-3b'), requests: 6, hours: 0, promptTokens: 128, outputTokens: 40 },
}

export function npuContentionWorkload({ name, seed, models, requests, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const gaps = draws(seed, 'npu.arrival')
  let atNs = 0
  const made = Array.from({ length: requests }, (_, i) => {
    const request = { id: `r${i}`, model: i % models.length, arrivalNs: atNs, promptTokens, outputTokens }
    atNs += Math.round(10 * S + gaps.exponential(10 * S))
    return request
  })
  const npu: NpuEvent[] = []
  for (let burst = 0; burst * BURST_EVERY_NS < atNs; burst++)
    for (let frame = 0; frame < BURST; frame++) npu.push({ id: `frame ${burst}.${frame}`, atNs: burst * BURST_EVERY_NS + frame * FRAME_NS, durationNs: JOB_NS, deadlineNs: FRAME_NS })
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `${requests} requests of ${models.map(({ id }) => id).join(', ')} (prompt ${promptTokens}, output ${outputTokens}), 10 s and more apart, while a camera runs a detector on the NPU: bursts of ${BURST} frames, one every ${FRAME_NS / MS} ms, ${JOB_NS / MS} ms each, due before the next frame. All of it assumed; arXiv 2511.13717 §7.3 shares the NPU with YOLOv5 and MobileNet.`,
    source,
    models,
    requests: made,
    memory: [],
    npu,
  }
}
