import { MiB } from '../base/units.js'
import type { Costs } from '../device/costs.js'
import type { Policy } from './factors.js'
import type { Holdings } from './holdings.js'
import type { Lowerer } from './lowerer.js'
import { COLD, requestPlan, type Initial } from './request-plan.js'
import type { RequestSource } from './request-source.js'

/** Pages that are resident at the start come in runs of this size. */
const PIECE = 4 * MiB

/** Puts what a cell finds resident into the holdings: prefixes of weights, from the embedding on. */
export function fillInitially(l: Lowerer, holdings: Holdings, source: RequestSource, initial: Initial = COLD): void {
  let left = initial.cachedBytes ?? Infinity
  for (const model of inOrderOfUse(source)) {
    const units = source.units(model)
    const all = units.reduce((sum, { bytes }) => sum + bytes, 0)
    let there = initial.cachedBytes === undefined ? Math.floor(all * initial.cached) : Math.min(all, left)
    left -= there
    l.model = model
    for (const { layer, bytes } of units)
      for (let at = 0; at < bytes && there > 0; at += PIECE) {
        const piece = Math.min(PIECE, bytes - at, there)
        holdings.add(model, l.resident('weights', layer, piece))
        there -= piece
      }
  }
}

function inOrderOfUse(source: RequestSource): number[] {
  return [...new Set(source.requests.map(({ model }) => model))].filter((model) => model >= 0)
}

/** What a carve-out must hold: the largest request's weights, activations and KV; 0: the policy reserves nothing. */
export function reservedBytes(source: RequestSource, policy: Policy, costs: Costs): number {
  if (policy.memory.reserved === undefined) return 0
  const needs = source.requests.map(({ model, promptTokens, outputTokens }) => {
    const plan = requestPlan(source.models[model], 0, promptTokens, outputTokens, policy, costs)
    const weights = model < 0 ? 0 : source.units(model).reduce((sum, { bytes }) => sum + bytes, 0)
    return weights + plan.activationBytes + plan.kvStartBytes + plan.kvGrownBytes + policy.startup.restoreBytes(costs)
  })
  return policy.memory.reserved(needs.reduce((most, bytes) => Math.max(most, bytes), 0))
}
