import { BadInput, type Place } from '../base/errors.js'
import type { ImportTools } from './format.js'

/** ns a cycle or a tick, and where that is from. */
export interface Clock {
  readonly nsATick: number
  readonly rule: string
}

/** The clock that the caller gives (`--clock`); undefined: none. */
export function givenClock({ clockHz }: ImportTools): Clock | undefined {
  return clockHz === undefined ? undefined : { nsATick: 1e9 / clockHz, rule: 'clock-given' }
}

/** Cycles or ticks as whole ns. */
export const ticksToNs = (ticks: number, { nsATick }: Clock): number => Math.round(ticks * nsATick)

/** A cycle is no time: without a clock a file of cycles is refused, since every share and sum that is made of it would
 *  pass for one. */
export const noClock = (place: Place, found: string, hint = ''): BadInput =>
  new BadInput(place, 'a time', found, `give the clock, \`import FILE --clock 1.2GHz\`${hint}`)
