import { closest } from '../base/closest.js'
import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { modelOfText } from '../formats/model-match.js'
import { quantOfWord } from '../formats/quant-words.js'
import type { Architecture } from '../model/architecture.js'
import { modelOf, models } from '../model/models.js'
import { quantisationOf, quantisations, type Quantisation } from '../model/quantisation.js'

/** A model by the user's spelling. Throws `UsageFault` with the nearest names. */
export function modelNamed(id: string): Architecture {
  const model = modelOf(id)
  if (model !== undefined) return model
  const known = models.map((one) => one.id)
  const near = modelOfText(id)?.id ?? closest(id, known)
  if (near === undefined) throw unknown('model', id, known, 'see `worldswitch models`')
  const family = /^[a-z]+/.exec(near)![0]
  const relatives = known.filter((one) => one !== near && one.startsWith(family) && closest(id, [one]) !== undefined).slice(0, 4)
  throw new UsageFault(`there is no model ${quoteFound(id)}`, `did you mean ${near}?${relatives.length === 0 ? '' : ` There are ${relatives.join(', ')} too`}`)
}

/** A quantisation by its id, or by a runtime's word for it (`Q4_K_M`, `w8a8`). Throws `UsageFault` with the nearest id. */
export function quantisationNamed(id: string): Quantisation {
  const quant = quantisationOf(id) ?? quantOfWord(id)
  if (quant === undefined) throw unknown('quantisation', id, quantisations.map((known) => known.id), `known are ${quantisations.map((known) => known.id).join(', ')}`)
  return quant
}

function unknown(what: string, id: string, known: readonly string[], otherwise: string): UsageFault {
  const near = closest(id, known)
  return new UsageFault(`there is no ${what} ${quoteFound(id)}`, near === undefined ? otherwise : `did you mean ${near}?`)
}
