import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { closedObject } from '../../../base/json-schema.js'
import { BadInput } from '../../../base/errors.js'
import type { Plan } from '../../../replay/plan.js'
import type { PackedTally } from '../../../replay/tally.js'
import type { RequestSource } from '../../../replay/request-source.js'
import type { Schedule } from '../../../replay/engine.js'
import { causes } from '../../../run/causes.js'
import { contents } from '../../../run/extents.js'
import { lifeEvents } from '../../../run/lives.js'
import { NORMAL_WORLD, taskColumns } from '../../../run/tasks.js'

/** A plan without its source, as it crosses. */
export type CrossedPlan = Omit<Plan, 'source' | 'tally'> & { readonly tally: PackedTally | undefined }

const number = { type: 'number' }
const whole = { type: 'integer' }
const list = (items: object): object => ({ type: 'array', items })
const notes = { type: 'object', additionalProperties: { anyOf: [number, { type: 'object', additionalProperties: number }] } }

/** JSON Schema 2020-12 of all of a plan that is no table. */
const planSchema = closedObject({
  servers: { type: 'array', items: number, minItems: 6, maxItems: 6 },
  requests: list(closedObject({ index: whole, arrived: whole, arrivalNs: number, stepEnds: list(whole), steps: list(whole), isOver: { type: 'boolean' } })),
  extents: list(closedObject({ id: whole, content: { enum: [...contents] }, model: whole, layer: whole, bytes: number, firstPage: number, pages: number, request: whole, initial: { type: 'boolean' } })),
  jobs: list(closedObject({ id: { type: 'string' }, atNs: number, durationNs: number, deadlineNs: number, endNs: number }, ['deadlineNs'])),
  recalls: list(closedObject({ atNs: number, bytes: number, unmetBytes: number, doneNs: number })),
  demand: list(closedObject({ atNs: number, bytes: number })),
  reservedBytes: number,
  notes,
  warnings: list({ type: 'string', maxLength: 10_000 }),
})
let compiled: ValidateFunction | undefined

/** What came from a module's process as a replay, once all of it is what its types say and every number of a task, an extent or a
 *  request is one that there is. Throws `BadInput` naming the module's file. */
export function checkReplayed(value: unknown, source: RequestSource, file: string): { readonly plan: CrossedPlan; readonly schedule: Schedule } {
  const { plan, schedule } = record(value) as { plan: CrossedPlan; schedule: Schedule }
  const { graph, tally, ...rest } = record(plan) as unknown as CrossedPlan
  compiled ??= new Ajv2020({ allErrors: false, strict: true }).compile(planSchema)
  if (!compiled(rest)) throw refused(`${compiled.errors![0]!.instancePath} ${compiled.errors![0]!.message ?? ''}`)
  const requests = source.requests.length
  const { tasks, edges } = record(graph) as unknown as CrossedPlan['graph']
  const { length } = record(tasks) as unknown as CrossedPlan['graph']['tasks']
  if (!Number.isInteger(length) || length < 0) throw refused('its tasks')
  for (const [name, Class] of Object.entries(taskColumns)) column(tasks[name as keyof typeof taskColumns], Class, length, name)
  within(tasks.cause, length, 0, causes.length, 'cause')
  within(tasks.extent, length, -1, plan.extents.length, 'extent')
  for (let t = 0; t < length; t++) {
    if (tasks.request[t]! >= requests && tasks.request[t] !== NORMAL_WORLD) throw refused('a task’s request')
    if (!(tasks.durationNs[t]! >= 0 && tasks.durationNs[t]! < Infinity)) throw refused('a task’s duration')
  }
  const { head, next, on, to, count } = record(edges) as unknown as CrossedPlan['graph']['edges']
  if (!Number.isInteger(count) || count < 0) throw refused('its dependencies')
  column(head, Int32Array, length, 'head')
  for (const one of [next, on, to]) column(one, Int32Array, count, 'edges')
  within(head, length, -1, count, 'head')
  within(next, count, -1, count, 'next')
  for (const one of [on, to]) within(one, count, 0, length, 'edges')
  column(record(schedule)['startNs'], Float64Array, length, 'startNs')
  column(record(schedule)['holder'], Int32Array, length, 'holder')
  within(schedule.startNs, length, 0, Infinity, 'startNs')
  within(schedule.holder, length, -1, length, 'holder')
  if (!(schedule.endNs >= 0 && schedule.endNs < Infinity)) throw refused('its end')
  for (const [i, { id }] of plan.extents.entries()) if (id !== i) throw refused('an extent’s number')
  for (const { index, arrived, stepEnds, steps } of plan.requests) {
    if (index < 0 || index >= requests || arrived < -1 || arrived >= length || steps.length !== stepEnds.length) throw refused('a request')
    if (tally === undefined && stepEnds.some((task) => task < 0 || task >= length)) throw refused('a request’s steps')
  }
  if (tally !== undefined) checkTally(record(tally), refused)
  return { plan, schedule }

  function refused(what: string): BadInput {
    return new BadInput({ file }, 'a replay that is one', what, 'the module meddles with what runs it')
  }
  function record(one: unknown): Record<string, unknown> {
    if (typeof one !== 'object' || one === null) throw refused(typeof one)
    return one as Record<string, unknown>
  }
  function column(one: unknown, Class: new (length: number) => ArrayLike<number>, least: number, name: string): void {
    if (!(one instanceof Class) || one.length < least) throw refused(`the column ${name}`)
  }
  function within(values: ArrayLike<number>, count: number, least: number, below: number, name: string): void {
    for (let i = 0; i < count; i++) if (!(values[i]! >= least && values[i]! < below)) throw refused(`${name} ${values[i]}`)
  }
}

function checkTally(tally: Record<string, unknown>, refused: (what: string) => BadInput): void {
  for (const name of ['swappedBytes', 'endNs']) if (typeof tally[name] !== 'number') throw refused(`the tally’s ${name}`)
  for (const name of ['npuTurns', 'npuUses', 'protectionTurns', 'hastyTurns'])
    if (!Array.isArray(tally[name]) || !tally[name].every((one) => typeof one === 'object' && one !== null && Object.values(one).every((value) => typeof value === 'number'))) throw refused(`the tally’s ${name}`)
  const lives = tally['lives'] as { at?: Record<string, unknown>; topPages?: unknown; checkedFromNs?: unknown } | undefined
  if (![lives?.topPages, lives?.checkedFromNs, tally['resourceBusyNs'], ...lifeEvents.map((name) => lives?.at?.[name])].every((one) => one instanceof Float64Array)) throw refused('the tally’s lives')
  const requests = tally['requests']
  if (!(requests instanceof Map)) throw refused('the tally’s requests')
  for (const one of requests.values() as Iterable<Record<string, unknown> | null>) {
    const { bounds, places, busy, counts, exposures } = one ?? {}
    if (!Array.isArray(bounds) || !(places instanceof Map) || !(busy instanceof Float64Array) || !Array.isArray(counts) || !Array.isArray(exposures)) throw refused('the tally’s requests')
    if (busy.length !== bounds.length * causes.length || counts.length !== bounds.length - 1 || exposures.length !== bounds.length - 1) throw refused('the tally’s requests')
    if (!exposures.every((seen: { exposedNs?: unknown; blockedNs?: unknown } | null) => seen?.exposedNs instanceof Float64Array && seen.blockedNs instanceof Map)) throw refused('the tally’s exposures')
  }
}
