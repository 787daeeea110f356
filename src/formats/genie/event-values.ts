import { ownNumber } from '../json-values.js'

type Event = Readonly<Record<string, unknown>>

const NS: Readonly<Record<string, number>> = {
  ...{ ns: 1, nsec: 1, us: 1e3, usec: 1e3, microseconds: 1e3 },
  ...{ ms: 1e6, msec: 1e6, milliseconds: 1e6, s: 1e9, sec: 1e9, seconds: 1e9 },
}

/** A value of an event and its unit: `{"value": 20.5, "unit": "toks/sec"}`; '' where the file gives a bare number. */
function valueOf(event: Event, key: string): { readonly value: number; readonly unit: string } | undefined {
  const plain = ownNumber(event, key)
  if (plain !== undefined) return { value: plain, unit: '' }
  const inner = Object.hasOwn(event, key) ? event[key] : undefined
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined
  const value = ownNumber(inner as Event, 'value')
  const unit = Object.hasOwn(inner, 'unit') ? (inner as Event)['unit'] : ''
  return value === undefined ? undefined : { value, unit: typeof unit === 'string' ? unit.trim().toLowerCase() : '' }
}

/** A time in ns; bare numbers are microseconds, as all of Genie's are. Undefined: none is told; NaN: in a unit that is no time. */
export function eventNs(event: Event, key: string): number | undefined {
  const found = valueOf(event, key)
  if (found === undefined) return undefined
  const ns = found.unit === '' ? 1e3 : Object.hasOwn(NS, found.unit) ? NS[found.unit]! : NaN
  return Math.round(found.value * ns)
}

/** A count of tokens; undefined: none is told, or it is no count. */
export function eventCount(event: Event, key: string): number | undefined {
  const value = valueOf(event, key)?.value
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** Tokens a second; undefined: none is told, or nothing was measured. */
export function eventRate(event: Event, key: string): number | undefined {
  const value = valueOf(event, key)?.value
  return value !== undefined && value > 0 ? value : undefined
}
