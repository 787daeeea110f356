import { no } from './detected.js'
import type { Format } from './format.js'

/** Any CSV table, by a mapping of its columns. */
export const tableCsv: Format = {
  id: 'csv',
  title: 'any CSV table, with --map',
  source: 'schemas/table-mapping.schema.json',
  takes: ['mapping', 'model', 'quant', 'clock'],
  content: ['timeline', 'profile'],
  phases: 'a column, or a constant',
  bytes: 'columns, else by shapes and model',
  runtime: 'anything',
  command: 'worldswitch import table.csv --format csv --map name=kernel,kind=op,durationNs=us:time,processor==gpu',
  detect: () => no('asked for with --format and --map only'),
  read: async (source, into, tools) => (await import('./table/read-table.js')).readTable(source, into, tools, 'csv'),
}
