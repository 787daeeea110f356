import { decimalToNs } from '../decimal-text.js'
import { CONTRADICTS, PER_SECOND, PRINTED } from '../phase-time.js'
import { NOT_MEASURED, type RateList } from '../rate-list.js'
import { isRateTime, type RateSetting } from '../rates.js'

const INIT = new RegExp(`^\\s{0,8}Init Time:\\s{0,8}(${PRINTED}) us`)
const RATE = `\\1 Rate\\s{0,4}:\\s{0,8}(${PRINTED})\\s{0,4}${PER_SECOND}`
const PHASE = new RegExp(`^\\s{0,8}(Prompt Processing|Token Generation) Time:\\s{0,8}(${PRINTED}) us,\\s{0,8}${RATE}`)

/** Takes a line of `[KPIS]:`: a time and a rate, of which the tokens are the product. False: it is another line. */
export function kpiLine(list: RateList, text: string, line: number, setting: () => Partial<RateSetting>): boolean {
  const init = INIT.exec(text)
  const phase = init === null ? PHASE.exec(text) : null
  if (init !== null) list.add('load', { tokens: 0, ns: decimalToNs(init[1]!, 'us'), line, setting })
  if (phase !== null) addPhase(list, phase, line, setting)
  return init !== null || phase !== null
}

function addPhase(list: RateList, [, name, time, rate]: RegExpExecArray, line: number, setting: () => Partial<RateSetting>): void {
  const ns = decimalToNs(time!, 'us')
  const product = (Number(rate) * ns) / 1e9
  const tokens = Math.round(product)
  if (!isRateTime(ns) || !(product > 0)) return list.skipped.count(NOT_MEASURED)
  // A count is whole: what is far from it was not divided by this time.
  if (tokens < 1 || Math.abs(product - tokens) > Math.max(0.05, 0.002 * tokens)) return list.skipped.count(CONTRADICTS)
  list.add(name === 'Prompt Processing' ? 'prefill' : 'decode', { tokens, ns, line, setting, inferred: { tokens: 'rate-times-time' } })
}
