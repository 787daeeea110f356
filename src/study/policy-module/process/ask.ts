import { MessageChannel, receiveMessageOnPort, type Worker } from 'node:worker_threads'
import { BadInput, UsageFault } from '../../../base/errors.js'
import { factors, type AnyMechanism, type Factor } from '../../../replay/factors.js'
import type { Replayed, Setting } from '../../../replay/replay.js'
import type { RequestSource } from '../../../replay/request-source.js'
import type { ShelfItem } from '../../cells/shelf.js'
import { startWorker } from '../../worker.js'
import { workloadBehind } from '../../workload-requests.js'
import type { Consent } from '../consent.js'
import { replayedFrom, settingData } from './crossing.js'
import { errorFrom } from './errors.js'
import { limits } from './limits.js'
import type { Answer, Question, ToGuard } from './messages.js'

/** A user's module under options, where it may run. */
export interface Module {
  readonly file: string
  readonly hash: string
  readonly reference: string
  readonly consent: Consent
}

/** Whose module a mechanism is of. Its methods are in that module's process. */
export const ownedBy = new WeakMap<AnyMechanism, Module>()

type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'reference' | 'consent' | 'limits'> : never) : never

let guard: Worker | undefined

/** Asks a module's process. Throws `BadInput`, `UsageFault`: what it threw, or that it has ended. */
export async function askModule(module: Module, asked: Asked): Promise<Exclude<Answer, { error: unknown } | { ended: unknown }>> {
  const { port1, port2 } = new MessageChannel()
  tell(module, asked, { port: port2 })
  const answer = await new Promise<Answer>((resolve) => port1.once('message', resolve))
  port1.close()
  return heard(answer, module.file)
}

/** The same for a caller that has no time for an event loop: a replay within many. */
function askNow(module: Module, asked: Asked): Exclude<Answer, { error: unknown } | { ended: unknown }> {
  const { port1, port2 } = new MessageChannel()
  const arrived = new Int32Array(new SharedArrayBuffer(4))
  tell(module, asked, { port: port2, arrived })
  Atomics.wait(arrived, 0, 0)
  const answer = (receiveMessageOnPort(port1) as { message: Answer }).message
  port1.close()
  return heard(answer, module.file)
}

function tell({ file, hash, reference, consent }: Module, asked: Asked, back: Pick<ToGuard, 'port' | 'arrived'>): void {
  if (guard === undefined) {
    guard = startWorker('./guard', import.meta.url, {})
    guard.unref()
  }
  guard.postMessage({ module: `${file}#${hash}`, question: { ...asked, reference, consent, limits: limits() }, ...back } satisfies ToGuard, [back.port])
}

function heard(answer: Answer, file: string): Exclude<Answer, { error: unknown } | { ended: unknown }> {
  if ('error' in answer) throw errorFrom(answer.error, file)
  if ('ended' in answer) throw new BadInput({ file }, answer.ended.expected, answer.ended.did, answer.ended.hint)
  return answer
}

let items = 0
const numbers = new WeakMap<RequestSource, number>()

/** Replays a setting in the process of the module that its policy is of. Throws what the module threw there; `BadInput`: it did not
 *  come back, or what it gave is no replay. */
export function replayInModule(setting: Setting, module: Module): Replayed {
  const { source, policy } = setting
  let item = numbers.get(source)
  if (item === undefined) numbers.set(source, (item = items++))
  // A built-in mechanism in place of one of its own, as the laws try it.
  const exchanged = factors.flatMap((factor): [Factor, string][] => (ownedBy.has(policy[factor]) ? [] : [[factor, policy[factor].id]]))
  const asked = { kind: 'replay', setting: { ...settingData(setting), exchanged, item } } as const
  let answer = askNow(module, asked)
  if ('lacks' in answer) answer = askNow(module, { ...asked, item: itemOf(source) })
  if (!('replayed' in answer)) throw new BadInput({ file: module.file }, 'a replay', 'no answer')
  return replayedFrom(answer.replayed, source, module.file)
}

/** A source as data. Throws `UsageFault`: it was made by a program of the caller's own. */
function itemOf(source: RequestSource): ShelfItem {
  const item = source.trace === undefined ? workloadBehind(source) : { trace: source.trace }
  if (item === undefined) throw new UsageFault('a user’s module replays traces and workloads only')
  return item
}
