import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { closedObject } from '../../base/json-schema.js'
import { causes } from '../../run/causes.js'
import { MOST_TASKS, taskColumns } from '../../run/tasks.js'
import { schemaFault } from './schema-fault.js'

const text = (maxLength: number): object => ({ type: 'string', maxLength })
/** Of times, bytes and counts: a finite number from 0 on. */
const amount = { type: 'number', minimum: 0 }
const whole = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const share = { type: 'number', minimum: 0, maximum: 1 }
const orNull = (of: object): object => ({ anyOf: [of, { type: 'null' }] })

const byCause = { type: 'object', propertyNames: { enum: [...causes] }, additionalProperties: amount }
const savingByCause = { type: 'object', propertyNames: { enum: [...causes] }, additionalProperties: { type: 'number' } }
const counts = closedObject({ worldSwitches: amount, npuModeSwitches: amount, npuLaunches: amount, pagesProtected: amount, pagesUnprotected: amount, tlbInvalidations: amount, regionPrograms: amount, flashBytes: amount, decryptedBytes: amount, allocatedBytes: amount })
const byOrigin = { recordedNs: amount, predictedNs: amount, carriedNs: amount }

const summary = closedObject({
  requests: { ...whole, minimum: 1 },
  tokens: whole,
  ttftNs: amount,
  tpotNs: orNull(amount),
  e2eNs: amount,
  ttftExposedNs: byCause,
  decodeExposedNs: byCause,
  busyNs: byCause,
  outsideNs: byCause,
  ttftCounts: counts,
  decodeCounts: counts,
  predictedShare: share,
  shares: closedObject({ recording: closedObject({ ...byOrigin, leftOutNs: amount }), result: closedObject(byOrigin), movedNs: amount }),
  tax: orNull(closedObject({ meanHeldBytes: amount, peakHeldBytes: amount, stage2CostShare: amount, swappedBytes: amount, npuJobsMissed: amount })),
  saturated: { type: 'boolean' },
  warnings: { type: 'array', maxItems: 1000, items: text(5000) },
})

const window = closedObject(
  {
    request: text(4096),
    name: { enum: ['ttft', 'step', 'request'] },
    step: { type: 'integer', minimum: -1, maximum: Number.MAX_SAFE_INTEGER },
    startNs: amount,
    lengthNs: amount,
    exposedNs: byCause,
    hiddenNs: byCause,
    busyNs: byCause,
    savingNs: savingByCause,
    blockedBy: { type: 'array', maxItems: 100_000, items: closedObject({ request: text(4096), cause: { enum: [...causes] }, ns: amount }) },
    counts,
  },
  ['savingNs'],
)

/** The names of the columns of a cell's tasks. */
export const taskNames: readonly string[] = [...Object.keys(taskColumns), 'startNs', 'holder']
const tasks = closedObject({ length: { ...whole, maximum: MOST_TASKS }, columns: closedObject(Object.fromEntries(taskNames.map((name) => [name, { type: 'string' }]))) })

/** JSON Schema 2020-12 of how a cell ended, as queues bring it: the columns of its tasks are packed as text (`queue-outcomes.ts`). */
export const outcomeSchema = {
  type: 'object',
  required: ['state'],
  properties: { state: { type: 'string' } },
  discriminator: { propertyName: 'state' },
  oneOf: [
    closedObject({ state: { const: 'done' }, summary, windows: { type: 'array', items: window }, tasks }, ['tasks']),
    closedObject({ state: { enum: ['refused', 'failed'] }, message: { ...text(5000), minLength: 1 } }),
  ],
}

let compiled: ValidateFunction | undefined

/** What is wrong with what should be an outcome as queues bring it, in words; undefined: it is one. */
export function outcomeFault(value: unknown): string | undefined {
  compiled ??= new Ajv2020({ allErrors: false, strict: true, discriminator: true }).compile(outcomeSchema)
  return compiled(value) ? undefined : schemaFault(compiled.errors![0]!, value, 'the outcome')
}
