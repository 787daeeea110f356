import { GiB, MS, S } from '../../base/units.js'
import { WORKLOAD_SCHEMA, type MemoryEvent, type NpuEvent, type Workload, type WorkloadRequest } from '../../trace/workload.js'
import { draws } from '../draws.js'
import { int8, type WorkloadKind, type WorkloadOptions } from '../workload-options.js'

const HOUR = 3600 * S

/** A phone's day. */
export const dayKind: WorkloadKind = {
  id: 'day',
  summary: 'a day of mixed use: chats, agent workflows, single requests, apps that come and go, a camera',
  heeds: ['models'],
  defaults: { models: int8('qwen3-1.7b', 'llama-3.2-3b', 'llama-3.1-8b'), requests: 0, hours: 24, promptTokens: 128, outputTokens: 48 },
}

/** Models: a small one (router, single requests), a middle one (chats), a large one (worker). */
export function dayWorkload({ name, seed, models, promptTokens, outputTokens, source }: WorkloadOptions): Workload {
  const when = draws(seed, 'day.when')
  const length = draws(seed, 'day.length')
  const middle = Math.min(1, models.length - 1)
  const large = models.length - 1
  const waking = (hour: number, minutes: number): number => Math.round((7 + hour) * HOUR + when.upTo(minutes * 60) * S)
  const requests: WorkloadRequest[] = []
  for (let c = 0; c < 5; c++)
    for (let turn = 0, turns = 4 + length.upTo(6); turn < turns; turn++)
      requests.push({
        id: `chat${c}.${turn}`,
        model: middle,
        arrivalNs: turn === 0 ? waking(c * 3, 90) : 0,
        ...(turn === 0 ? {} : { after: [`chat${c}.${turn - 1}`], thinkNs: length.lognormal(25, 0.8, 2, 180) * S }),
        session: `chat${c}`,
        promptTokens: length.lognormal(50, 0.8, 4, 600),
        outputTokens: length.lognormal(outputTokens, 0.5, 4, 200),
      })
  for (let w = 0; w < 12; w++) {
    const arrivalNs = waking(w * 1.25, 60)
    const workflow = `agent${w}`
    requests.push({ id: `${workflow}.route`, model: 0, arrivalNs, workflow, promptTokens, outputTokens: 8 })
    requests.push({ id: `${workflow}.work`, model: large, arrivalNs, after: [`${workflow}.route`], workflow, promptTokens: 2 * promptTokens, outputTokens: length.lognormal(outputTokens, 0.4, 8, 200) })
    requests.push({ id: `${workflow}.check`, model: 0, arrivalNs, after: [`${workflow}.work`], workflow, promptTokens: promptTokens + outputTokens, outputTokens: 4 })
  }
  for (let i = 0; i < 30; i++)
    requests.push({ id: `single${i}`, model: 0, arrivalNs: waking(i * 0.5, 30), promptTokens: length.lognormal(80, 0.7, 8, 1024), outputTokens: length.lognormal(24, 0.6, 1, 128) })
  const memory: MemoryEvent[] = [{ atNs: 0, demandBytes: 3 * GiB }]
  for (let hour = 0; hour < 16; hour++) {
    memory.push({ atNs: waking(hour, 20), demandBytes: Math.round((5 + length.upTo(60) / 10) * GiB) }) // an app in front
    memory.push({ atNs: waking(hour, 20) + 0.5 * HOUR, demandBytes: 4 * GiB })
  }
  memory.sort((a, b) => a.atNs - b.atNs)
  const npu: NpuEvent[] = []
  for (let session = 0; session < 8; session++) {
    const fromNs = waking(session * 2, 60)
    for (let frame = 0; frame < 150; frame++) npu.push({ id: `camera ${session}.${frame}`, atNs: fromNs + frame * 100 * MS, durationNs: 12 * MS, deadlineNs: 100 * MS })
  }
  npu.sort((a, b) => a.atNs - b.atNs)
  return {
    schema: WORKLOAD_SCHEMA,
    name,
    note: `A day of mixed use on a device of 16 GB, from 7 to 23 h: 5 conversations (${models[middle]!.id}), 12 agent workflows (${models[0]!.id} and ${models[large]!.id}), 30 single requests (${models[0]!.id}); the normal world holds 3 to 11 GiB as apps come and go, hourly; 8 times 15 s of camera frames on the NPU (12 ms each, due in 100 ms). All of it assumed: no trace of such a day is published.`,
    source,
    models,
    requests,
    memory,
    npu,
  }
}
