import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { parseBytes } from '../base/units.js'
import { Args, Flags } from './oclif.js'

/** Arguments and flags that several verbs share, so that they are spelt and checked the same everywhere. */

export const traceArg = Args.string({
  required: true,
  description: 'A stored trace by name or id prefix, or a file (imported on the fly).',
})

export const policyFlag = Flags.string({
  char: 'p',
  required: true,
  helpValue: 'ID',
  summary: 'The policy to replay under (see `policies list`).',
})

export const policiesFlag = Flags.string({
  char: 'p',
  multiple: true,
  helpValue: 'ID',
  summary: 'A policy to replay under; give it once for each.',
})

export const deviceFlag = Flags.string({
  char: 'd',
  default: 'rk3588-nanopc-t6',
  helpValue: 'ID|FILE',
  summary: 'A built-in device, or a profile in JSON.',
})

/** Bytes, or undefined: then the pressure the device's sources measured under. */
export const pressureFlag = Flags.custom<number>({
  helpValue: 'SIZE',
  summary: 'Normal-world memory in use, such as 8GiB. [default: what the device was measured under]',
  parse: async (text) => {
    const bytes = parseBytes(text)
    if (bytes === undefined) throw new UsageFault(`expected a size, found ${quoteFound(text)}`, 'write one such as 8GiB')
    return bytes
  },
})()

export const seedFlag = Flags.integer({ default: 1, helpValue: 'N', summary: 'Seed of every random draw.' })

/** `param=value` as given; a verb reads it with `splitAssignment`. */
export const setFlag = Flags.string({
  multiple: true,
  default: [],
  helpValue: 'PARAM=VALUE',
  summary: "Replace a device's parameter; may be given several times.",
  parse: async (text) => {
    splitAssignment(text)
    return text
  },
})

/** `key=number` as given; a verb reads it with `splitAssignment`. */
export const initialFlag = Flags.string({
  multiple: true,
  default: [],
  helpValue: 'KEY=NUMBER',
  summary: 'State before the first op, such as cached=0.2; may be given several times.',
  parse: async (text) => {
    const [key, value] = splitAssignment(text)
    if (!Number.isFinite(Number(value)))
      throw new UsageFault(`expected a number for ${quoteFound(key)}, found ${quoteFound(value)}`)
    return text
  },
})

/** `draws`: how many where none are asked for. */
export const samplesFlagOf = (draws: number) =>
  Flags.integer({
    default: draws,
    min: 0,
    helpValue: 'N',
    summary: 'Draws of the device’s uncertain parameters (0: central values only).',
  })

export const samplesFlag = samplesFlagOf(0)

/** `a=b` as `['a', 'b']`; both sides must hold something. */
export function splitAssignment(text: string): readonly [key: string, value: string] {
  const at = text.indexOf('=')
  const key = text.slice(0, at).trim()
  const value = text.slice(at + 1).trim()
  if (at < 1 || key === '' || value === '') throw new UsageFault(`expected NAME=VALUE, found ${quoteFound(text)}`)
  return [key, value]
}
