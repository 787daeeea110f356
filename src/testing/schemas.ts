import { fileURLToPath } from 'node:url'
import { createGenerator, type SchemaGenerator } from 'ts-json-schema-generator'
import { deviceSchema } from '../device/schema.js'
import { gridSchema } from '../study/sweep/grid-schema.js'
import { workloadSchema } from '../trace/workload-schema.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** File in schemas/ → the type in src that it is generated from. */
const types: Readonly<Record<string, string>> = {
  'run.schema.json': 'RunResult',
  'comparison.schema.json': 'Comparison',
  'trace-header.schema.json': 'HeaderLine',
  'trace-op.schema.json': 'TraceOpLine',
  'graph.schema.json': 'GraphFacts',
  'report-data.schema.json': 'ReportData',
  'published.schema.json': 'PublishedPaper',
  'validation.schema.json': 'Validation',
  'table-mapping.schema.json': 'TableMapping',
  'device-fit.schema.json': 'DeviceFit',
  'rates.schema.json': 'Holdings',
  'sweep-result.schema.json': 'SweepResult',
}
const files = ['run/result', 'study/compare', 'formats/trace-header', 'formats/worldswitch-trace', 'trace/graph-facts', 'analysis/report-data', 'study/validate/published', 'study/validate/validation', 'formats/table/mapping', 'study/fit-device/fit', 'study/fit-device/holdings', 'study/sweep/sweep']

/** All JSON Schemas as they must stand in schemas/: file name → text. Generated from types (ts-json-schema-generator),
 *  raised from draft 7 to 2020-12; a device's is the one its check uses. */
export function generateSchemas(): Map<string, string> {
  const generator = createGenerator({
    path: `${root}src/{${files.join(',')}}.ts`,
    tsconfig: `${root}tsconfig.json`,
    type: '*',
    skipTypeCheck: true,
    additionalProperties: false,
    topRef: false,
    encodeRefs: false,
  })
  const schemas = new Map<string, string>([['device.schema.json', text(deviceSchema)], ['workload.schema.json', text(workloadSchema)], ['sweep.schema.json', text(gridSchema)]])
  for (const [file, type] of Object.entries(types)) schemas.set(file, text(raised(generator, file, type)))
  return schemas
}

function raised(generator: SchemaGenerator, file: string, type: string): object {
  const { $schema: _draft7, definitions, ...rest } = generator.createSchema(type)
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:worldswitch:${file.replace('.schema.json', '')}`,
    title: `worldswitch ${file.replace('.schema.json', '')}`,
    ...rest,
    ...(definitions === undefined ? {} : { $defs: definitions }),
  }
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', '"#/$defs/')) as object
}

const text = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`
