import { bounds } from './bounds.js'
import { DEVICE_SCHEMA, choiceIds, parameterIds, type ParameterId } from './profile.js'

/** A parameter's own bounds; that a size is a power of two is checked beside the schema. */
function bounded(id: ParameterId): object {
  const { least, most, kind } = bounds[id]
  return { $ref: '#/$defs/parameter', type: 'object', properties: { value: { type: kind === undefined ? 'number' : 'integer', minimum: least, maximum: most } } }
}

/** JSON Schema 2020-12 of a device profile; published as schemas/device.schema.json. */
export const deviceSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:worldswitch:device',
  title: 'worldswitch device profile',
  type: 'object',
  required: ['schema', 'id', 'title', 'note', 'parameters'],
  additionalProperties: false,
  properties: {
    schema: { const: DEVICE_SCHEMA },
    id: { type: 'string', pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' },
    title: { type: 'string', maxLength: 200 },
    note: { type: 'string', maxLength: 2000 },
    extrapolated: { const: true },
    aliases: { type: 'array', maxItems: 100, items: { type: 'string', minLength: 2, maxLength: 80 } },
    parameters: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(parameterIds.map((id) => [id, bounded(id)])),
    },
    choices: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(choiceIds.map((id) => [id, { $ref: '#/$defs/choice' }])),
    },
    masters: { type: 'array', maxItems: 200, items: { $ref: '#/$defs/master' } },
  },
  $defs: {
    master: {
      type: 'object',
      required: ['id', 'protectedBy', 'source'],
      additionalProperties: false,
      properties: { id: { type: 'string', minLength: 1, maxLength: 80 }, protectedBy: { enum: ['iommu', 'firewall', 'none'] }, source: { type: 'string', minLength: 1, maxLength: 2000 } },
    },
    parameter: {
      type: 'object',
      required: ['value', 'unit', 'spread', 'grade', 'source', 'informedBy'],
      additionalProperties: false,
      properties: {
        value: { type: 'number', minimum: 0 },
        unit: { type: 'string', maxLength: 40 },
        spread: {
          oneOf: [
            { type: 'null' },
            {
              type: 'object',
              required: ['range'],
              additionalProperties: false,
              properties: { range: { type: 'array', items: { type: 'number', minimum: 0 }, minItems: 2, maxItems: 2 } },
            },
            { type: 'object', required: ['sd'], additionalProperties: false, properties: { sd: { type: 'number', minimum: 0 } } },
            {
              type: 'object',
              required: ['quantiles'],
              additionalProperties: false,
              properties: {
                quantiles: { type: 'array', minItems: 2, items: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 } },
              },
            },
          ],
        },
        grade: { enum: ['measured', 'derived', 'assumed'] },
        source: { type: 'string', minLength: 1, maxLength: 2000 },
        informedBy: { type: 'array', items: { type: 'string', pattern: '^V[0-9]{2}$' } },
        fixed: { const: true },
      },
    },
    choice: {
      type: 'object',
      required: ['value', 'options', 'source'],
      additionalProperties: false,
      properties: {
        value: { type: 'string' },
        options: { type: 'array', items: { type: 'string' }, minItems: 1 },
        source: { type: 'string', minLength: 1, maxLength: 2000 },
      },
    },
  },
} as const
