import type { Architecture } from '../model/architecture.js'
import { uniformStream } from '../base/random.js'
import type { Runtime, Session, Tensor } from './runtime.js'

/** One prefill and its decode: whole ns of each run of the session (0 the prefill), and the tokens chosen. */
export interface Pass {
  readonly stepNs: readonly number[]
  readonly tokens: readonly number[]
}

/** A prompt of random token numbers: there is no tokenizer, and none is needed for time. */
export function promptOf(a: Architecture, promptTokens: number, seed: number): number[] {
  const draw = uniformStream(seed, 'prompt')
  return Array.from({ length: promptTokens }, () => Math.min(a.vocab - 1, Math.floor(draw() * a.vocab)))
}

/** Runs the prompt, then decodes greedily until `outputTokens` tokens are out: that many runs, as the prefill gives the
 *  first. `now` is a clock in ns; `onStep` may throw to end the pass. Choosing the token is outside the timed run. */
export async function runPass(
  runtime: Runtime,
  session: Session,
  a: Architecture,
  prompt: readonly number[],
  outputTokens: number,
  onStep: () => void,
  now: () => bigint = process.hrtime.bigint,
): Promise<Pass> {
  const feeds: Record<string, Tensor> = {}
  const caches = Array.from({ length: a.layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat()
  const empty = [1, a.kvHeads, 0, a.headDim]
  for (const cache of caches) feeds[`past.${cache}`] = new runtime.Tensor('float32', new Float32Array(0), empty)
  const stepNs: number[] = []
  const tokens: number[] = []
  let input = prompt
  let length = 0
  while (tokens.length < outputTokens) {
    length += input.length
    feeds['input_ids'] = new runtime.Tensor('int64', BigInt64Array.from(input, BigInt), [1, input.length])
    feeds['seqlens_k'] = new runtime.Tensor('int32', Int32Array.of(length - 1), [1])
    feeds['total_sequence_length'] = new runtime.Tensor('int32', Int32Array.of(length), [1])
    const startedNs = now()
    const made = await session.run(feeds)
    stepNs.push(Number(now() - startedNs))
    const token = indexOfMaximum(made['logits']!.data)
    tokens.push(token)
    input = [token]
    for (const cache of caches) feeds[`past.${cache}`] = made[`present.${cache}`]!
    onStep()
  }
  return { stepNs, tokens }
}

/** The first index of the largest value (greedy sampling). */
export function indexOfMaximum(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i
  return best
}
