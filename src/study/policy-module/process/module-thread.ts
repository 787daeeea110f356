import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { workerData, type MessagePort } from 'node:worker_threads'
import { serve } from '../../../replay/replay.js'
import type { Factor, Policy } from '../../../replay/factors.js'
import { traceRequests, type RequestSource } from '../../../replay/request-source.js'
import { mechanismMaker } from '../../../policies/mechanisms.js'
import { PolicyOptions } from '../../../policies/options.js'
import { workloadRequests } from '../../workload-requests.js'
import { composed, madeOf } from '../compose.js'
import { fileOf } from '../consent.js'
import { evaluateModule } from '../evaluate.js'
import { factsOf } from '../facts.js'
import { replayedBytes, settingFrom } from './crossing.js'
import { errorData } from './errors.js'
import { MOST_OUTPUT_BYTES } from './limits.js'
import type { Answer, Question, SettingData } from './messages.js'

/** Sources that are kept: a verb replays one after the other. */
const KEPT_SOURCES = 4
/** Policies of one module under other options. */
const KEPT_POLICIES = 256

// The module's code runs in this thread: it gets no hold of the port on which answers go out.
const data = workerData as { port?: MessagePort }
const port = data.port!
delete data.port

const policies = new Map<string, { readonly policy: Policy; readonly made: Readonly<Record<string, unknown>>; readonly hash: string }>()
const sources = new Map<number, RequestSource>()

let outputBytes = 0
for (const [name, stream] of [['stdout', process.stdout], ['stderr', process.stderr]] as const)
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    outputBytes += chunk.length
    if (outputBytes > MOST_OUTPUT_BYTES) port.postMessage({ ended: { expected: `at most ${MOST_OUTPUT_BYTES / 2 ** 20} MiB on stdout and stderr`, did: `more on ${name}` } } satisfies Answer)
    const then = typeof encoding === 'function' ? encoding : done
    if (typeof then === 'function') queueMicrotask(then as () => void)
    return true
  }) as typeof stream.write

port.on('message', (question: Question) => void answer(question))
port.postMessage('ready') // limits of time are the module's from here on

async function answer(question: Question): Promise<void> {
  const file = fileOf(question.reference)
  let said: Answer
  try {
    said = await answered(question)
  } catch (error) {
    said = { error: errorData(error, file) }
  }
  // A promise that was rejected, or a timer that threw, is heard before the answer.
  await setImmediate()
  await sleep(1)
  port.postMessage(said, 'replayed' in said && said.replayed.buffer instanceof ArrayBuffer && said.replayed.byteLength === said.replayed.buffer.byteLength ? [said.replayed.buffer] : [])
}

async function answered(question: Question): Promise<Answer> {
  const { policy, made, hash } = await policyOf(question)
  if (question.kind === 'describe') return { facts: factsOf(policy, made, hash) }
  const { setting, item } = question
  if (item !== undefined) keep(sources, setting.item, 'trace' in item ? traceRequests(item.trace) : workloadRequests(item.workload, item.device), KEPT_SOURCES)
  const source = sources.get(setting.item)
  if (source === undefined) return { lacks: setting.item }
  return { replayed: replayedBytes(serve(settingFrom(setting, source, exchangedIn(policy, setting)))) }
}

async function policyOf({ reference, consent }: Question): Promise<{ readonly policy: Policy; readonly made: Readonly<Record<string, unknown>>; readonly hash: string }> {
  const found = policies.get(reference)
  if (found !== undefined) return found
  const { value, hash } = await evaluateModule(fileOf(reference), consent)
  const made = madeOf(value, reference)
  const one = { policy: composed(reference, hash, made), made, hash }
  keep(policies, reference, one, KEPT_POLICIES)
  return one
}

function exchangedIn(policy: Policy, { exchanged }: SettingData): Policy {
  const others = exchanged.map(([factor, id]) => [factor, mechanismMaker(factor, id)!(PolicyOptions.parse(id).options)])
  return { ...policy, ...(Object.fromEntries(others) as Partial<Pick<Policy, Factor>>) }
}

function keep<K, V>(all: Map<K, V>, key: K, value: V, most: number): void {
  all.delete(key)
  all.set(key, value)
  if (all.size > most) all.delete(all.keys().next().value!)
}
