import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'
import { closest } from '../base/closest.js'

/** The words before the first flag: what could name a verb. `--json` may stand anywhere. */
export function leadingWords(argv: readonly string[]): string[] {
  const words = argv.filter((word) => word !== '--json')
  const end = words.findIndex((word) => word.startsWith('-'))
  return end === -1 ? words : words.slice(0, end)
}

/** Whether the words begin with a verb; `ids` are oclif's, with a colon after a topic. */
export function isKnown(words: readonly string[], ids: readonly string[]): boolean {
  return words.some((_, n) => ids.includes(words.slice(0, n + 1).join(':')))
}

/** The fault of a command line that names no verb, or undefined when it names one or asks for help. A topic alone
 *  shows its help to a person; to a script (`json`) it is a fault. */
export function unknownVerb(argv: readonly string[], ids: readonly string[], json: boolean): UsageFault | undefined {
  const words = leadingWords(argv)
  const [first] = words
  if (argv.some((word) => ['--help', '-h', '--version'].includes(word)) || first === 'help') return undefined
  if (first === undefined) return json ? new UsageFault('no verb given', 'see worldswitch --help') : undefined
  if (isKnown(words, ids)) return undefined
  const inTopic = ids.filter((id) => id.startsWith(`${first}:`)).map((id) => id.replaceAll(':', ' '))
  if (inTopic.length > 0 && words.length === 1)
    return json ? new UsageFault(`${printable(first, 60)} needs a verb: ${inTopic.join(', ')}`) : undefined
  const asked = words.slice(0, inTopic.length > 0 ? 2 : 1).join(' ')
  const all = [...ids.map((id) => id.replaceAll(':', ' ')), ...new Set(ids.flatMap((id) => id.match(/^[^:]+(?=:)/) ?? []))]
  // One word may be a verb or a topic mistyped; with a second one the whole may be.
  const near = closest(asked, inTopic.length > 0 ? inTopic : all) ?? closest(words.slice(0, 2).join(' '), all)
  const hint = near === undefined ? 'see worldswitch --help' : `did you mean ${near}?`
  return new UsageFault(`${printable(asked, 60)} is not a worldswitch command`, hint)
}
