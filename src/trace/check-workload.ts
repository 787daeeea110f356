import { Ajv2020 } from 'ajv/dist/2020.js'
import { closest } from '../base/closest.js'
import { BadInput } from '../base/errors.js'
import { valueAtPointer } from '../base/json-pointer.js'
import { modelOf, models } from '../model/models.js'
import { quantisationOf, quantisations } from '../model/quantisation.js'
import type { Workload } from './workload.js'
import { workloadSchema } from './workload-schema.js'

/** Checks a workload against its schema and what a schema cannot say: known models, indices, unique ids, an order of
 *  events, workflows without circles. Throws `BadInput` with the field. */
export function checkWorkload(json: unknown, file: string): Workload {
  const valid = new Ajv2020({ allErrors: false, strict: true }).compile(workloadSchema)
  if (!valid(json)) {
    const error = valid.errors![0]!
    const extra = (error.params as { additionalProperty?: string }).additionalProperty
    const field = error.instancePath.slice(1).replaceAll('/', '.') || 'the workload'
    throw new BadInput({ file, field: extra === undefined ? field : `${field}.${extra}` }, error.message ?? 'a valid value', extra ?? valueAtPointer(json, error.instancePath), 'see schemas/workload.schema.json')
  }
  const workload = json as Workload
  for (const [i, { id, quant }] of workload.models.entries()) {
    known(file, `models.${i}.id`, 'a model that `worldswitch models` lists', id, modelOf(id) !== undefined, models.map((model) => model.id))
    known(file, `models.${i}.quant`, 'a quantisation', quant, quantisationOf(quant) !== undefined, quantisations.map((one) => one.id))
  }
  checkRequests(workload, file)
  for (const list of ['memory', 'npu'] as const)
    for (const [i, { atNs }] of workload[list].entries())
      if (i > 0 && atNs < workload[list][i - 1]!.atNs) throw new BadInput({ file, field: `${list}.${i}.atNs` }, `events in order of time, ${workload[list][i - 1]!.atNs} or later`, atNs)
  return workload
}

function checkRequests({ requests, models: used }: Workload, file: string): void {
  const models = new Map<string, number>() // id → model of earlier requests
  const sessions = new Map<string, number>()
  for (const [i, request] of requests.entries()) {
    const field = (name: string): { file: string; field: string } => ({ file, field: `requests.${i}.${name}` })
    if (request.model >= used.length) throw new BadInput(field('model'), `an index into models, 0 to ${used.length - 1}`, request.model)
    if (models.has(request.id)) throw new BadInput(field('id'), 'an id that no earlier request has', request.id)
    for (const on of request.after ?? [])
      if (!models.has(on)) throw new BadInput(field('after'), 'ids of earlier requests of the list', on, 'put a request behind those that it waits for')
    if (request.thinkNs !== undefined && request.after === undefined) throw new BadInput(field('thinkNs'), 'think time only after other requests', request.thinkNs, 'give `after`, or move arrivalNs')
    if (request.session !== undefined) {
      const model = sessions.get(request.session) ?? request.model
      if (model !== request.model) throw new BadInput(field('model'), `the model of its session, ${model}`, request.model, 'a KV cache belongs to one model')
      sessions.set(request.session, model)
    }
    models.set(request.id, request.model)
  }
}

function known(file: string, field: string, expected: string, id: string, isKnown: boolean, all: readonly string[]): void {
  if (isKnown) return
  const near = closest(id, all)
  throw new BadInput({ file, field }, expected, id, near === undefined ? `known are ${all.join(', ')}` : `did you mean ${near}?`)
}
