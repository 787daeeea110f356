import { UsageFault } from '../../base/errors.js'
import { quoteFound } from '../../base/quote.js'
import { didYouMean } from '../did-you-mean.js'

export const MAPPING_SCHEMA = 'worldswitch-table-mapping/1'

/** Where a field of an op comes from in a table: a column (with its unit, with words that stand for ours), or a
 *  constant. */
export type FieldMapping =
  | {
      readonly column: string
      /** Of times: `ns`, `us`, `ms`, `s`, `cycles@GHZ`, or `cycles` of a clock that `import --clock` gives; of sizes: `B`, `KB`, `KiB`, `MB`, `MiB`, `GB`, `GiB`. */
      readonly unit?: string
      /** The table's word → ours: `{ "HTP": "npu" }`. */
      readonly words?: Readonly<Record<string, string>>
    }
  | { readonly value: string }

/** How a table is read: which field of an op, or of a rate, is which column. Ops: `durationNs` must be there; without `startNs` rows
 *  are laid out in order. Rates: `phase` with `durationNs` or `tokensPerS` (`tokens` where they are told), or the same for each phase
 *  in columns of its own (`prefillTokensPerS`, `decodeNs`, …). */
export interface TableMapping {
  readonly schema: typeof MAPPING_SCHEMA
  /** Of CSV: default is a comma. */
  readonly separator?: string
  readonly fields: Readonly<Record<string, FieldMapping>>
}

export const mappedFields = ['name', 'type', 'kind', 'phase', 'processor', 'dataType', 'lane', 'request', 'step', 'layer', 'm', 'n', 'k', 'startNs', 'durationNs', 'flops', 'bytes'] as const
/** Fields that rates have and ops do not. A row with `batch` over 1 is left out. */
export const rateFields = [
  'tokens', 'past', 'tokensPerS', 'prefillTokens', 'prefillNs', 'prefillTokensPerS', 'decodeTokens', 'decodeNs', 'decodeTokensPerS', 'loadNs', 'batch', 'model', 'quant', 'device', 'backend', 'threads', 'modelBytes',
] as const
export type RateField = (typeof rateFields)[number]
const allFields: readonly string[] = [...mappedFields, ...rateFields]
const timeFields: readonly string[] = ['durationNs', 'tokensPerS', 'prefillNs', 'prefillTokensPerS', 'decodeNs', 'decodeTokensPerS', 'loadNs']
export type MappedField = (typeof mappedFields)[number]

const places: Readonly<Record<string, number>> = { ns: 0, us: 3, µs: 3, ms: 6, s: 9 }
const sizes: Readonly<Record<string, number>> = { B: 1, KB: 1e3, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** `name=kernel,durationNs=us:time,processor==gpu`: field=column, field=unit:column, field==constant. Throws `UsageFault`. */
export function parseMapping(text: string): TableMapping {
  const fields: Record<string, FieldMapping> = {}
  for (const part of text.split(',')) {
    const found = /^\s*(\w+)\s*=(=?)(.*)$/.exec(part)
    if (found === null) throw new UsageFault(`--map: ${quoteFound(part)} is no field=column`, 'write name=kernel,durationNs=us:time,processor==gpu')
    const [, field, constant, rest] = found as unknown as string[]
    const unit = /^([A-Za-zµ]{1,8}(?:@[\d.]{1,12})?):(.*)$/.exec(rest!)
    fields[field!] = constant === '=' ? { value: rest! } : unit !== null && isUnit(unit[1]!) ? { unit: unit[1]!, column: unit[2]! } : { column: rest! }
  }
  return checkedMapping({ schema: MAPPING_SCHEMA, fields })
}

/** A mapping out of a file. Throws `UsageFault`: unknown fields or units, no duration. */
export function checkedMapping(value: unknown): TableMapping {
  const mapping = value as Partial<TableMapping> | null
  if (typeof mapping !== 'object' || mapping === null || mapping.schema !== MAPPING_SCHEMA || typeof mapping.fields !== 'object' || mapping.fields === null)
    throw new UsageFault(`a mapping is a JSON object with schema "${MAPPING_SCHEMA}" and fields`, 'write one with --save-map')
  for (const [field, from] of Object.entries(mapping.fields)) {
    if (!allFields.includes(field)) throw new UsageFault(`--map: there is no field ${quoteFound(field)}`, didYouMean(field, allFields) ?? `fields are ${mappedFields.join(', ')}; of rates also ${rateFields.join(', ')}`)
    const isOne = typeof from === 'object' && from !== null && ('column' in from ? typeof from.column === 'string' : typeof from.value === 'string')
    if (!isOne) throw new UsageFault(`--map: field ${field} needs a column or a value`)
    if ('column' in from && from.unit !== undefined && !isUnit(from.unit)) throw new UsageFault(`--map: unknown unit ${quoteFound(from.unit)} of ${field}`, 'ns, us, ms, s, cycles, cycles@GHZ, B, KB, KiB, MB, MiB, GB, GiB')
  }
  if (mapping.separator !== undefined && (typeof mapping.separator !== 'string' || mapping.separator.length !== 1)) throw new UsageFault('a separator is one character')
  if (!timeFields.some((field) => Object.hasOwn(mapping.fields!, field))) throw new UsageFault('--map: no column is the duration', 'add durationNs=us:COLUMN; of rates it may be tokensPerS=COLUMN')
  return mapping as TableMapping
}

const isUnit = (unit: string): boolean => Object.hasOwn(places, unit) || Object.hasOwn(sizes, unit) || unit === 'cycles' || /^cycles@(?!0*\.?0*$)[\d.]{1,12}$/.test(unit)

/** Decimal places from a time's unit to ns; undefined for other units. */
export const placesOf = (unit: string): number | undefined => (Object.hasOwn(places, unit) ? places[unit] : undefined)
export const bytesOfUnit = (unit: string): number | undefined => (Object.hasOwn(sizes, unit) ? sizes[unit] : undefined)
/** ns a cycle of `cycles@GHZ`; NaN: another unit. */
export const nsACycle = (unit: string): number => (unit.startsWith('cycles@') ? 1 / Number(unit.slice(7)) : NaN)
