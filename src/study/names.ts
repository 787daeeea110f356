import { closest } from '../base/closest.js'
import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { quantOfWord } from '../formats/quant-words.js'
import type { Architecture } from '../model/architecture.js'
import { modelOf, models } from '../model/models.js'
import { quantisationOf, quantisations, type Quantisation } from '../model/quantisation.js'

/** A model by the user's spelling. Throws `UsageFault` with the nearest name. */
export function modelNamed(id: string): Architecture {
  const model = modelOf(id)
  if (model === undefined) throw unknown('model', id, models.map((known) => known.id), 'see `worldswitch models`')
  return model
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
