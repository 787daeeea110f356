import { SWEEP_SCHEMA } from './grid.js'

const name = { type: 'string', minLength: 1, maxLength: 120 }
const value = { anyOf: [{ type: 'string', maxLength: 300 }, { type: 'number' }, { type: 'boolean' }, { type: 'object', required: ['times'], additionalProperties: false, properties: { times: { type: 'number', minimum: 0 } } }] }
const point = { type: 'object', maxProperties: 64, additionalProperties: value }
const nodes = { type: 'array', minItems: 1, maxItems: 64, items: { $ref: '#/$defs/node' } }
const only = (key: string, schema: object): object => ({ type: 'object', required: [key], additionalProperties: false, properties: { [key]: schema } })

/** JSON Schema 2020-12 of a sweep; published as schemas/sweep.schema.json. */
export const gridSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:worldswitch:sweep',
  title: 'worldswitch sweep',
  type: 'object',
  required: ['schema', 'name', 'base', 'axes'],
  additionalProperties: false,
  properties: {
    schema: { const: SWEEP_SCHEMA },
    name,
    question: { type: 'string', maxLength: 1000 },
    source: { type: 'string', maxLength: 1000 },
    base: point,
    axes: nodes,
    carryOver: { type: 'boolean' },
    figure: {
      type: 'object',
      required: ['x'],
      additionalProperties: false,
      properties: { x: name, y: name, series: name, facet: name, metric: { enum: ['ttft', 'tpot', 'e2e', 'switch', 'allocate', 'tax', 'held'] }, over: value, breakdown: { type: 'boolean' } },
    },
  },
  $defs: {
    node: {
      anyOf: [
        { type: 'object', required: ['axis', 'values'], additionalProperties: false, properties: { axis: name, values: { type: 'array', minItems: 1, maxItems: 100_000, items: value } } },
        {
          type: 'object',
          required: ['axis', 'from', 'to', 'count'],
          additionalProperties: false,
          properties: { axis: name, from: { type: 'number' }, to: { type: 'number' }, count: { type: 'integer', minimum: 1, maximum: 100_000 }, scale: { enum: ['linear', 'log'] } },
        },
        only('product', nodes),
        only('zip', nodes),
        only('chain', nodes),
        only('point', point),
      ],
    },
  },
}
