import { UsageFault } from '../base/errors.js'
import { COLD, type Initial } from '../replay/request-plan.js'

/** The initial state: `otherwise`, changed by `key=number` pairs: `cached` (0 … 1), `cachedBytes`, `protection` (0 or 1). Throws `UsageFault`. */
export function initialFrom(assignments: readonly (readonly [string, string])[], otherwise: Initial = COLD): Initial {
  let initial = otherwise
  for (const [key, text] of assignments) {
    const value = text.trim() === '' ? Number.NaN : Number(text) + 0
    if (key === 'cached' && value >= 0 && value <= 1) initial = { ...initial, cached: value }
    else if (key === 'protection' && (value === 0 || value === 1)) initial = { ...initial, protection: value === 1 }
    else if (key === 'cachedBytes' && Number.isSafeInteger(value) && value >= 0) initial = { ...initial, cachedBytes: value }
    else throw new UsageFault(`--initial ${key}=${text}: expected cached=0…1, cachedBytes=BYTES or protection=0|1`)
  }
  return initial
}
