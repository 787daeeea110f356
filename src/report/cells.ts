import { printable } from '../base/quote.js'
import { formatBytes, formatNs, formatShare } from '../base/units.js'
import type { CellKind } from './column.js'

/** A row of any table; its fields are read by column name. */
export type Row = object
export const valueAt = (row: Row, field: string): unknown => (row as Record<string, unknown>)[field]

const NONE = '–'
const TEXT_LIMIT = 2000

/** A value as people read it; still untrusted text: the writer escapes it for its own language. */
export function cellText(value: unknown, kind: CellKind): string {
  if (value === null || value === undefined) return NONE
  if (typeof value === 'number') return numberText(value, kind)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return printable(String(value), TEXT_LIMIT)
}

export const isNumeric = (kind: CellKind): boolean => kind !== 'text' && kind !== 'flag'

function numberText(value: number, kind: CellKind): string {
  if (!Number.isFinite(value)) return NONE
  switch (kind) {
    case 'ns':
      return formatNs(value)
    case 'bytes':
      return formatBytes(value)
    case 'share':
      return formatShare(value)
    case 'ratio':
      return `${value.toFixed(Math.abs(value) >= 10 ? 1 : 2)}×`
    default:
      return grouped(value)
  }
}

/** `1 234 567.5` with thin spaces that do not break; at most four decimals, more only below 0.001. */
function grouped(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toPrecision(3)
  const [whole = '', decimals] = String(Math.round(value * 1e4) / 1e4).split('.')
  if (whole.includes('e')) return String(value)
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole
  return decimals === undefined ? spaced : `${spaced}.${decimals}`
}
