import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { BadInput } from '../../base/errors.js'
import { closedObject } from '../../base/json-schema.js'
import { valueAtPointer } from '../../base/json-pointer.js'
import { choiceIds, parameterIds } from '../../device/profile.js'
import { deviceSchema } from '../../device/schema.js'
import { factors } from '../../replay/factors.js'
import { gridSchema } from '../sweep/grid-schema.js'
import type { PackedStudy } from './pack.js'

const text = { type: 'string', minLength: 1, maxLength: 4096 }
const amount = { type: 'number', minimum: 0 }
const count = (maximum: number): object => ({ type: 'integer', minimum: 0, maximum })
const metric = { enum: ['ttft', 'tpot', 'e2e'] }
/** An object of these members, and perhaps of the optional ones. */
const object = (required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}): object => closedObject({ ...required, ...optional }, Object.keys(optional))

/** What studies of one subject on one device have in common: where their cells start from. */
const setting = {
  subject: { type: 'string', pattern: '^[0-9a-f]{64}$' },
  device: deviceSchema.properties.id,
  set: { type: 'object', propertyNames: { enum: [...parameterIds, ...choiceIds] }, additionalProperties: { anyOf: [{ type: 'number' }, { type: 'string', maxLength: 100 }] } },
  metric,
}
const state = {
  pressureBytes: amount,
  initial: object({}, { cached: { type: 'number', minimum: 0, maximum: 1 }, cachedBytes: amount, protection: { type: 'boolean' } }),
  contention: { type: 'boolean' },
  placement: { enum: ['policy', 'recorded'] },
  carryOver: { const: true },
}
const path = object({ factor: { enum: [...factors] }, levels: { type: 'array', minItems: 1, maxItems: 20, items: object({ mechanism: text, options: { type: 'object', maxProperties: 50, additionalProperties: { type: 'string', maxLength: 300 } } }, { own: { const: true } }) } })

/** How each kind of study was asked, by its kind. */
const specs: Readonly<Record<string, object>> = {
  sweep: gridSchema,
  ablate: object({ ...setting, from: text, to: text, seed: count(2 ** 53), samples: count(1e6), paths: { type: 'array', maxItems: factors.length, items: path } }, state),
  sensitivity: object({ ...setting, policy: text, seed: count(2 ** 53), rows: count(1e6) }, { ...state, over: text }),
  'break-even': object({ ...setting, policy: text, over: text, costs: { type: 'array', minItems: 1, maxItems: 1000, items: text }, target: amount, from: amount, to: amount, seed: count(2 ** 53), samples: count(1e6), frontier: { type: 'boolean' } }, state),
}

const study = object({ name: { type: 'string', minLength: 1, maxLength: 300 }, kind: { enum: Object.keys(specs) }, spec: { type: 'object' }, keys: { type: 'array', maxItems: 10_000_000, items: setting.subject } })

const compiled = new Map<object, ValidateFunction>()

/** An archive's study.json, whose text came from anywhere. Throws `BadInput`. */
export function checkedStudy(value: unknown, file: string): PackedStudy {
  hold(study, value, file, 'study.json')
  const checked = value as PackedStudy
  hold(specs[checked.kind]!, checked.spec, file, 'study.json: spec')
  return checked
}

function hold(schema: object, value: unknown, file: string, field: string): void {
  let validate = compiled.get(schema)
  if (validate === undefined) compiled.set(schema, (validate = new Ajv2020({ allErrors: false, strict: true, strictTypes: false, strictRequired: false }).compile(schema)))
  if (validate(value)) return
  const { instancePath, message, params } = validate.errors![0]!
  const extra = (params as { additionalProperty?: unknown }).additionalProperty
  throw new BadInput({ file, field: `${field}${instancePath.replaceAll('/', '.')}` }, `a study of this version, which ${message ?? 'is otherwise'}`, extra ?? valueAtPointer(value, instancePath), 'another version of worldswitch may have made it')
}
