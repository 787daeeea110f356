import { kvBytesPerToken, type Architecture } from '../model/architecture.js'
import { unitBytes } from '../model/operators.js'
import type { Quantisation } from '../model/quantisation.js'
import type { TraceModel, TraceTensor } from './trace.js'

/** What a trace's header says of a model of the table. */
export function modelHeader(model: Architecture, quant: Quantisation): TraceModel {
  return {
    id: model.id,
    layers: model.layers,
    weightBytes: unitBytes(model, quant).reduce((sum, bytes) => sum + bytes, 0),
    quant: quant.id,
    hidden: model.hidden,
    vocab: model.vocab,
    kvBytesPerToken: kvBytesPerToken(model),
  }
}

/** One tensor a restoration unit (embedding, layers, final norm and head): index = the unit's layer + 1. */
export function weightTensors(model: Architecture, quant: Quantisation): TraceTensor[] {
  return unitBytes(model, quant).map((bytes, i) => ({
    name: i === 0 ? 'embed_tokens' : i > model.layers ? 'norm+lm_head' : `layers.${i - 1}`,
    model: 0,
    role: 'weight',
    layer: i - 1,
    bytes,
  }))
}
