import { BadInput } from '../../base/errors.js'
import type { ImportTools } from '../../formats/format.js'
import { detectFormat } from '../../formats/index.js'
import type { Source } from '../../trace/source.js'
import { holdingsOf, rateSentence } from './holdings.js'

/** What to say of a file that was to be imported and holds rates: what they are and the command that makes use of them. Any other
 *  fault comes back as it was. */
export async function ratesNotOps(error: BadInput, source: Source, tools: ImportTools, forced?: string): Promise<BadInput> {
  try {
    const format = detectFormat(source, forced, 'rates')
    if (format.read !== undefined) return error
    const reading = await format.readRates!(source, tools)
    const { rates, others, next } = holdingsOf([[source.name, reading]])
    if (rates.length === 0) return new BadInput({ file: source.name, byteOffset: 0 }, 'ops with durations', `rates (${format.id})`, `these are ${others} rates of ops or of mixed work: they become neither ops nor device parameters`)
    return new BadInput({ file: source.name, byteOffset: 0 }, 'ops with durations', `rates (${format.id})`, `these are rates, ${rateSentence(source.name, reading)}; they become no ops, but device parameters: ${next}`)
  } catch {
    return error
  }
}
