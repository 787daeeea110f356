import { gunzipSync, inflateRawSync } from 'node:zlib'
import { BadInput, UsageFault, type Place } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { HELD_VARIABLE, mostHeldBytes, RATIO_VARIABLE, unpackLimits, type UnpackLimits } from '../base/unpack-limits.js'

/** The limits that hold here: the program's own, or what the environment raises (or lowers) them to. Throws `UsageFault`: a variable
 *  is no positive number. */
export function limitsHere(environment: Readonly<Record<string, string | undefined>> = process.env): UnpackLimits {
  const of = (name: string, own: number): number => {
    const text = environment[name]
    if (text === undefined || text === '') return own
    const value = Number(text)
    if (!(value >= 1 && value <= Number.MAX_SAFE_INTEGER)) throw new UsageFault(`${name}: expected a number of 1 or more, found ${quoteFound(text)}`)
    return value
  }
  return { ...unpackLimits, ratio: of(RATIO_VARIABLE, unpackLimits.ratio), heldBytes: of(HELD_VARIABLE, unpackLimits.heldBytes) }
}

const codecs = { gzip: gunzipSync, 'raw deflate': inflateRawSync } as const

/** Unpacks what is held in memory, to `mostBytes` at most and to what so many packed bytes may become; more is never made. Throws
 *  `BadInput`: damaged, or more of it. */
export function unpackHeld(codec: keyof typeof codecs, packed: Uint8Array, place: Place, mostBytes = Infinity, hint?: string): Buffer {
  const most = Math.min(mostBytes, mostHeldBytes(packed.length, limitsHere()))
  try {
    return codecs[codec](packed, { maxOutputLength: Math.max(1, most) })
  } catch (error) {
    const isLarge = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
    throw new BadInput(place, isLarge ? `at most ${most} bytes unpacked` : `sound ${codec} data`, isLarge ? 'more' : (error as Error).message, hint)
  }
}
