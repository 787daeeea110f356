import { printable } from '../base/quote.js'
import { formatNs } from '../base/units.js'
import type { Doubt } from '../trace/trace.js'

/** What a recording's doubts say, a line each, law first: `bytes-rate (36 ops, 163.2 µs): more than …`. */
export const doubtLines = (doubts: readonly Doubt[]): string[] =>
  doubts.map(({ law, ops, ns, words }) => `  ${printable(law, 40)}${ops === 0 ? '' : ` (${ops} ops, ${formatNs(ns)})`}: ${printable(words, 600)}`)
