import { WORKLOAD_SCHEMA } from './workload.js'

const wholeNs = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const tokens = { type: 'integer', minimum: 1, maximum: 100_000 }
const id = { type: 'string', minLength: 1, maxLength: 120 }
const index = { type: 'integer', minimum: 0 }

/** JSON Schema 2020-12 of a workload; published as schemas/workload.schema.json. */
export const workloadSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:worldswitch:workload',
  title: 'worldswitch workload',
  type: 'object',
  required: ['schema', 'name', 'note', 'source', 'models', 'requests', 'memory', 'npu'],
  additionalProperties: false,
  properties: {
    schema: { const: WORKLOAD_SCHEMA },
    name: id,
    note: { type: 'string', maxLength: 4000 },
    source: { type: 'string', maxLength: 1000 },
    models: { type: 'array', minItems: 1, maxItems: 64, items: { type: 'object', required: ['id', 'quant'], additionalProperties: false, properties: { id, quant: id } } },
    requests: { type: 'array', minItems: 1, maxItems: 10_000, items: { $ref: '#/$defs/request' } },
    memory: {
      type: 'array',
      maxItems: 100_000,
      items: { type: 'object', required: ['atNs', 'demandBytes'], additionalProperties: false, properties: { atNs: wholeNs, demandBytes: { type: 'integer', minimum: 0, maximum: 2 ** 44 } } },
    },
    npu: {
      type: 'array',
      maxItems: 1_000_000,
      items: {
        type: 'object',
        required: ['id', 'atNs', 'durationNs'],
        additionalProperties: false,
        properties: { id, atNs: wholeNs, durationNs: { ...wholeNs, minimum: 1 }, deadlineNs: { ...wholeNs, minimum: 1 } },
      },
    },
  },
  $defs: {
    request: {
      type: 'object',
      required: ['id', 'model', 'arrivalNs', 'promptTokens', 'outputTokens'],
      additionalProperties: false,
      properties: {
        id,
        model: index,
        arrivalNs: wholeNs,
        after: { type: 'array', minItems: 1, maxItems: 64, items: id },
        thinkNs: wholeNs,
        workflow: id,
        session: id,
        promptTokens: tokens,
        outputTokens: tokens,
      },
    },
  },
} as const
