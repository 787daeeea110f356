/** What a trace of our own form means: the arithmetic of a published configuration, not of the code that wrote it. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isNear, meaningOf } from '../testing/meaning.js'
import { importText } from '../testing/trace-source.js'
import { kindIndex, phaseIndex } from '../trace/words.js'

const interchange = suite('what a worldswitch trace means')

/** Qwen2.5-0.5B's config.json: 24 layers, width 896, 14 query and 2 KV heads of 64, FFN 4864, vocabulary 151936, tied head. */
const [layers, hidden, kv, ffn, vocab] = [24, 896, 128, 4864, 151_936] as const
const inLayers = layers * (2 * hidden * hidden + 2 * hidden * kv + 3 * hidden * ffn)
/** 4 bits a weight and a 32-bit scale a block of 32. */
const BYTES_PER_WEIGHT = 0.5 + 4 / 32

interchange('a recorded Qwen2.5-0.5B: FLOPs and bytes of its matmuls, attention, steps and kinds by time', async () => {
  const trace = await importText(gunzipSync(readFileSync(new URL('../../traces/qwen2.5-0.5b-p128-o160.trace.jsonl.gz', import.meta.url))))
  const { ops } = trace
  const of = (kind: keyof typeof kindIndex, phase: keyof typeof phaseIndex) => meaningOf(trace, (op) => ops.kind[op] === kindIndex[kind] && ops.phase[op] === phaseIndex[phase])
  const [prompt, steps] = [128, 159]
  assert.equal(meaningOf(trace).steps, { prefill: [0, 0], decode: [1, steps] })
  assert.equal(trace.header.requests.map((request) => [request.promptTokens, request.outputTokens]), [[prompt, steps + 1]])
  // The head runs on the last token only.
  assert.ok(isNear(of('matmul', 'prefill').flops, 2 * (prompt * inLayers + hidden * vocab)))
  assert.ok(isNear(of('matmul', 'decode').flops, 2 * steps * (inLayers + hidden * vocab)))
  // A decode step reads every weight once; activations and results are small beside them.
  assert.ok(isNear(of('matmul', 'decode').bytes, steps * (inLayers + hidden * vocab) * BYTES_PER_WEIGHT))
  // Scores and values over a cache of 128 to 286 tokens: two products of 14 heads x 64 a token in the cache, and the new one.
  const pasts = Array.from({ length: steps }, (_, step) => prompt + step + 1)
  assert.ok(isNear(of('attention', 'decode').flops, 4 * layers * hidden * pasts.reduce((sum, past) => sum + past, 0)))
  const { nsByKind, ns } = meaningOf(trace)
  assert.ok(nsByKind.matmul! / ns > 0.8 && (nsByKind.other ?? 0) === 0)
  assert.is(trace.header.doubts, undefined)
})

interchange.run()
