import { UsageFault } from '../base/errors.js'
import { uniformStream } from '../base/random.js'
import type { CellOutcome, KeyedOutcome } from '../run/outcome.js'
import type { StoreOrigin } from '../store/origins.js'
import type { Store } from '../store/store.js'
import { isSameOutcome, otherVersion } from './artifact/open.js'
import { shelfOf } from './artifact/pack.js'
import { orderFault } from './cells/order-schema.js'
import type { CellOrder, KeyedOrder } from './cells/order.js'
import type { Executor } from './executors/executor.js'
import { holdConsent, NO_CODE, type Consent } from './policy-module/consent.js'

export interface VerifyOptions {
  /** Cells that are replayed, drawn by `seed`; undefined: all. */
  readonly sample?: number | undefined
  readonly seed?: number
  /** To modules that the study's cells name; none unless given. */
  readonly consent?: (references: readonly string[]) => Consent
  readonly onProgress?: (done: number, total: number) => void
}

/** A cell whose stored outcome is not what a replay gives. */
export interface CellDifference {
  readonly key: string
  readonly why: string
  /** Where it came from; null: it was replayed here. */
  readonly origin: StoreOrigin | null
}

export interface VerifiedStudy {
  readonly study: string
  /** Distinct cells that ended, and how many of them were replayed. */
  readonly cells: number
  readonly replayed: number
  readonly same: number
  readonly differences: readonly CellDifference[]
}

/** Replays cells of a stored study and compares each to the last digit with what is stored. What is stored is not trusted: an
 *  order has its schema and its key. Throws `UsageFault`: no such study, nothing to replay, code that was not allowed. */
export async function verifyStudy(store: Store, reference: string, executor: Executor, options: VerifyOptions = {}): Promise<VerifiedStudy> {
  const { name, kind } = store.studies.find(reference)
  const keys = [...new Set(store.studies.keys(reference))]
  const finished = store.cells.finished(keys, true)
  const ended = keys.filter((key) => finished.has(key))
  if (ended.length === 0) throw new UsageFault(`none of the cells of study ${name} has ended here`, 'run the study again')
  const drawn = sampled(ended, options.sample ?? ended.length, options.seed ?? 1).map((key) => ({ key, ...store.cells.whole(key)! }))
  const different = new Map<string, string>()
  const sound: (KeyedOrder & { readonly outcome: CellOutcome })[] = []
  for (const { key, order, outcome } of drawn) {
    const fault = orderFault({ key, order })
    if (fault === undefined) sound.push({ key, order: { ...(order as CellOrder), keepTasks: false }, outcome })
    else different.set(key, `it cannot be replayed: ${fault}`)
  }
  const references = [...new Set(sound.map(({ order }) => order.policy.reference))]
  const consent = options.consent?.(references) ?? NO_CODE
  for (const one of references) holdConsent(one, consent)
  const replayable: typeof sound = []
  for (const cell of sound) {
    const why = await otherVersion(cell.order, cell.key, consent)
    if (why === undefined) replayable.push(cell)
    else different.set(cell.key, why.replaceAll('the archive', 'what is stored'))
  }
  const shelf = replayable.length === 0 ? new Map<string, never>() : await shelfOf(store, kind, store.studies.spec(reference), replayable, consent)
  const found = new Map<string, CellOutcome>()
  await executor.run(replayable, shelf, (some: readonly KeyedOutcome[]) => {
    for (const { key, outcome } of some) found.set(key, outcome)
    options.onProgress?.(found.size, replayable.length)
  }, consent)
  for (const { key, outcome } of replayable) {
    const now = found.get(key)
    if (now === undefined || !isSameOutcome(withoutTasks(now), withoutTasks(outcome))) different.set(key, now === undefined ? 'it was not replayed' : difference(outcome, now))
  }
  const differences = [...different].map(([key, why]): CellDifference => ({ key, why, origin: store.origins.of('cell', key) }))
  return { study: name, cells: ended.length, replayed: drawn.length, same: drawn.length - differences.length, differences }
}

/** `count` of them, each as likely as another, in their order. */
function sampled<T>(all: readonly T[], count: number, seed: number): T[] {
  const draw = uniformStream(seed, 'verify')
  let left = Math.min(count, all.length)
  return all.filter((_, i) => {
    const isTaken = draw() * (all.length - i) < left
    if (isTaken) left--
    return isTaken
  })
}

/** As it would be read back: JSON has no negative zero. */
function withoutTasks(outcome: CellOutcome): CellOutcome {
  if (outcome.state !== 'done') return outcome
  const { state, summary, windows } = outcome
  return JSON.parse(JSON.stringify({ state, summary, windows })) as CellOutcome
}

function difference(stored: CellOutcome, now: CellOutcome): string {
  if (stored.state !== now.state) return `stored as ${stored.state}, replayed as ${now.state}${now.state === 'done' ? '' : ` (${now.message})`}`
  if (stored.state !== 'done' || now.state !== 'done') return 'another reason is stored'
  const field = (Object.keys(now.summary) as (keyof typeof now.summary)[]).find((one) => JSON.stringify(stored.summary[one]) !== JSON.stringify(now.summary[one]))
  if (field === undefined) return 'other windows are stored'
  const show = (value: unknown): string => (typeof value === 'number' ? String(value) : 'other values')
  return `${field}: ${show(stored.summary[field])} is stored, ${show(now.summary[field])} replayed`
}
