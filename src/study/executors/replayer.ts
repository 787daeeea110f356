import { printable } from '../../base/quote.js'
import type { Policy } from '../../replay/factors.js'
import { Repricer } from '../../replay/repricer.js'
import type { CellOutcome, KeyedOutcome } from '../../run/outcome.js'
import type { KeyedOrder } from '../cells/order.js'
import { replayOrder } from '../cells/replay-order.js'
import { ShelfSources, type Shelf } from '../cells/shelf.js'
import { holdConsent, NO_CODE, type Consent } from '../policy-module/consent.js'
import { resolvePolicy } from '../policy-module/resolve.js'

/** Replays cells one by one; policies and expanded traces are kept between them. */
export class Replayer {
  private readonly sources: ShelfSources
  private readonly repricer = new Repricer()
  private readonly policies = new Map<string, Promise<Policy>>()

  constructor(
    shelf: Shelf,
    /** A policy by its reference; another where modules come from elsewhere. */
    private readonly resolve: (reference: string, consent: Consent) => Promise<Policy> = resolvePolicy,
  ) {
    this.sources = new ShelfSources(shelf)
  }

  /** A fault of the policy or of ours is the cell's outcome: the study goes on. */
  async replay({ key, order }: KeyedOrder, consent: Consent = NO_CODE): Promise<KeyedOutcome> {
    return { key, outcome: await this.outcome(order, consent).catch((error: unknown) => ({ state: 'failed', message: printable(error instanceof Error ? error.message : String(error), 1000) }) as const) }
  }

  /** Throws what a user's policy, or a law of ours that did not hold, throws. */
  async outcome(order: KeyedOrder['order'], consent: Consent = NO_CODE): Promise<CellOutcome> {
    const { reference } = order.policy
    holdConsent(reference, consent) // whoever asked before may have had another's
    let policy = this.policies.get(reference)
    if (policy === undefined) this.policies.set(reference, (policy = this.resolve(reference, consent)))
    const { source, isWorkload } = this.sources.get(order.subject)
    return replayOrder(order, source, isWorkload, await policy, this.repricer)
  }
}
