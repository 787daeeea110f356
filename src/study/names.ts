import { closest } from '../base/closest.js'
import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import type { Architecture } from '../model/architecture.js'
import { modelOf, models } from '../model/models.js'
import { quantisationOf, quantisations, type Quantisation } from '../model/quantisation.js'

/** A model by the user's spelling. Throws `UsageFault` with the nearest name. */
export function modelNamed(id: string): Architecture {
  const model = modelOf(id)
  if (model === undefined) throw unknown('model', id, models.map((known) => known.id), 'see `worldswitch models`')
  return model
}

export function quantisationNamed(id: string): Quantisation {
  const quant = quantisationOf(id)
  if (quant === undefined) throw unknown('quantisation', id, quantisations.map((known) => known.id), `known are ${quantisations.map((known) => known.id).join(', ')}`)
  return quant
}

function unknown(what: string, id: string, known: readonly string[], otherwise: string): UsageFault {
  const near = closest(id, known)
  return new UsageFault(`there is no ${what} ${quoteFound(id)}`, near === undefined ? otherwise : `did you mean ${near}?`)
}
