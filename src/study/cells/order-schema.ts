import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { closedObject } from '../../base/json-schema.js'
import { bounds } from '../../device/bounds.js'
import { choiceIds, parameterIds } from '../../device/profile.js'
import { deviceSchema } from '../../device/schema.js'
import { factors } from '../../replay/factors.js'
import type { KeyedOrder } from './order.js'
import { schemaFault } from './schema-fault.js'

/** A content hash or a cell's key, whole: what may be part of a path or of a key elsewhere. */
export const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const text = (maxLength: number): object => ({ type: 'string', minLength: 1, maxLength })
const amount = { type: 'number', minimum: 0 }

/** JSON Schema 2020-12 of a cell's order under its key, as queues and archives bring it. */
export const keyedOrderSchema = closedObject({
  key: hash,
  order: closedObject(
    {
      subject: hash,
      policy: closedObject({ reference: text(4096), id: text(4096), mechanisms: { type: 'array', minItems: factors.length, maxItems: factors.length, items: text(300) }, file: { ...text(4096), pattern: '\\.m?js$' } }, ['file']),
      device: closedObject({
        id: deviceSchema.properties.id,
        values: { type: 'object', additionalProperties: false, properties: Object.fromEntries(parameterIds.map((id) => [id, { type: 'number', minimum: bounds[id].least, maximum: bounds[id].most }])) },
        choices: { type: 'object', propertyNames: { enum: [...choiceIds] }, additionalProperties: text(100) },
      }),
      pressureBytes: amount,
      initial: closedObject({ cached: { type: 'number', minimum: 0, maximum: 1 }, cachedBytes: amount, protection: { type: 'boolean' } }, ['cachedBytes']),
      contention: { type: 'boolean' },
      here: { type: 'boolean' },
      placement: { enum: ['policy', 'recorded'] },
      keepTasks: { type: 'boolean' },
    },
    ['keepTasks'],
  ),
})

let compiled: ValidateFunction | undefined

/** What is wrong with what should be a `KeyedOrder`, in words; undefined: it is one. */
export function orderFault(value: unknown): string | undefined {
  compiled ??= new Ajv2020({ allErrors: false, strict: true }).compile(keyedOrderSchema)
  if (compiled(value)) return undefined
  return schemaFault(compiled.errors![0]!, value, 'the order')
}

export const isKeyedOrder = (value: unknown): value is KeyedOrder => orderFault(value) === undefined
