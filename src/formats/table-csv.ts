import { no } from './detected.js'
import type { Format } from './format.js'

/** Any CSV table, by a mapping of its columns. */
export const tableCsv: Format = {
  id: 'csv',
  title: 'any CSV table, with --map',
  source: 'schemas/table-mapping.schema.json',
  takes: ['mapping', 'model', 'quant', 'clock'],
  content: ['timeline', 'profile', 'rates'],
  phases: 'a column, or a constant; of rates also columns of each phase',
  bytes: 'columns, else by shapes and model',
  runtime: 'anything',
  command:
    'worldswitch import table.csv --format csv --map name=kernel,kind=op,durationNs=us:time,processor==gpu; ' +
    'worldswitch devices fit --model qwen2.5-1.5b --from rates.csv --format csv --map phase=test,tokens=n,tokensPerS=rate,processor==npu',
  detect: () => no('asked for with --format and --map only'),
  read: async (source, into, tools) => (await import('./table/read-table.js')).readTable(source, into, tools, 'csv'),
  readRates: async (source, tools) => (await import('./table/read-rate-table.js')).readRateTable(source, tools, 'csv'),
}
