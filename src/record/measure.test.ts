import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { decoderOf } from './decoder.js'
import { medianRound, overheadOf } from './overhead.js'
import { indexOfMaximum, promptOf, runPass, type Pass } from './pass.js'
import { cutProfile } from './profile-cut.js'
import { checkRoom, needOf } from './room.js'
import { loadRuntime, runtimeEntry, type Runtime, type Session, type Tensor } from './runtime.js'
import { inTemporaryFolder } from './temporary-folder.js'

const inFolder = async (use: (folder: string) => Promise<void>): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'worldswitch-measure-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const event = (cat: string, name: string, ts: number): string =>
  `{"cat" : "${cat}","pid" :1,"tid" :1,"dur" :5,"ts" :${ts},"ph" : "X","name" :"${name}","args" : {}}`
/** Three runs of one node each, as the runtime writes them. */
const runs = [10, 20, 30].flatMap((ts) => [event('Node', `a${ts}_kernel_time`, ts), event('Session', 'model_run', ts - 1)])
const setUp = [event('Session', 'model_loading_uri', 0), event('Session', 'session_initialization', 1)]
const profile = `[\n${[...setUp, ...runs].join(',\n')}\n]\n`

const cut = suite('profile cut')

cut('keeps the events of the asked runs only, as JSON, times untouched', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'from.json'), profile)
    assert.is(await cutProfile(join(folder, 'from.json'), join(folder, 'to.json'), { first: 1, end: 3 }), 2)
    const kept = JSON.parse(await readFile(join(folder, 'to.json'), 'utf8')) as { name: string; ts: number }[]
    const found = kept.map(({ name, ts }) => `${name}@${ts}`)
    assert.equal(found, ['a20_kernel_time@20', 'model_run@19', 'a30_kernel_time@30', 'model_run@29'])
  }))

cut('a profile with fewer runs than asked for is refused', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'from.json'), profile)
    try {
      await cutProfile(join(folder, 'from.json'), join(folder, 'to.json'), { first: 1, end: 4 })
      assert.unreachable()
    } catch (error) {
      assert.instance(error, BadInput)
    }
  }))

const rounds = suite('rounds')
const pass = (...stepNs: number[]): Pass => ({ stepNs, tokens: [] })

rounds('overhead: the median ratio of prefills, and of all decode steps', () => {
  const overhead = overheadOf([
    { profiled: pass(110, 12, 12), unprofiled: pass(100, 10, 10) },
    { profiled: pass(105, 13, 90), unprofiled: pass(100, 10, 10) },
    { profiled: pass(300, 11, 13), unprofiled: pass(100, 10, 10) },
  ])
  assert.is(overhead.prefillShare.toFixed(6), '0.100000')
  assert.is(overhead.decodeShare!.toFixed(6), '0.250000')
  assert.is(overheadOf([{ profiled: pass(3), unprofiled: pass(2) }]).decodeShare, null)
})

rounds('the kept round is the one of median length', () => {
  const of = (...totals: number[]) => medianRound(totals.map((ns) => ({ profiled: pass(ns), unprofiled: pass(1) })))
  assert.is(of(30, 10, 20), 2)
  assert.is(of(5), 0)
  assert.is(of(4, 1, 3, 2), 3)
})

const running = suite('pass')
const decoder = decoderOf({ layers: 1, hidden: 32, heads: 2, kvHeads: 1, ffn: 32, vocab: 6 })
class FakeTensor implements Tensor {
  constructor(
    readonly type: string,
    readonly data: Float32Array,
    readonly dims: readonly number[],
  ) {}
}
const fake = { version: '0', Tensor: FakeTensor, InferenceSession: {} } as unknown as Runtime

running('prefill takes the whole prompt, each decode step the token before it and the cache that came back', async () => {
  const seen: { ids: number[]; length: number; past: number }[] = []
  const session: Session = {
    run: async (feeds) => {
      const ids = Array.from(feeds['input_ids']!.data, Number)
      const past = feeds['past.0.key']!.dims[2]!
      const length = feeds['total_sequence_length']!.data[0]!
      assert.is(feeds['seqlens_k']!.data[0], length - 1)
      seen.push({ ids, length, past })
      const cache = new FakeTensor('float32', new Float32Array(0), [1, 1, past + ids.length, 16])
      const logits = new Float32Array(6)
      logits[seen.length] = 1
      return { logits: new FakeTensor('float32', logits, [1, 6]), 'present.0.key': cache, 'present.0.value': cache }
    },
    endProfiling: () => {},
    release: async () => {},
  }
  let clock = 0n
  const made = await runPass(fake, session, decoder, [3, 4, 5], 3, () => {}, () => (clock += 7n))
  assert.equal(seen, [
    { ids: [3, 4, 5], length: 3, past: 0 },
    { ids: [1], length: 4, past: 3 },
    { ids: [2], length: 5, past: 4 },
  ])
  assert.equal(made, { stepNs: [7, 7, 7], tokens: [1, 2, 3] })
})

running('the prompt is decided by the seed and stays inside the vocabulary; the first of equal maxima wins', () => {
  assert.equal(promptOf(decoder, 50, 3), promptOf(decoder, 50, 3))
  assert.not.equal(promptOf(decoder, 50, 3), promptOf(decoder, 50, 4))
  assert.ok(promptOf(decoder, 500, 3).every((id) => Number.isInteger(id) && id >= 0 && id < 6))
  assert.is(indexOfMaximum([1, 5, 5, 2]), 1)
})

const around = suite('around a recording')

around('a temporary folder is gone after success and after a throw', async () => {
  let seen = ''
  assert.is(await inTemporaryFolder(async (folder) => ((seen = folder), await writeFile(join(folder, 'x'), 'x'), 7)), 7)
  assert.not(existsSync(seen))
  await inTemporaryFolder(async (folder) => {
    seen = folder
    throw new Error('planned')
  }).catch((error: Error) => assert.is(error.message, 'planned'))
  assert.not(existsSync(seen))
})

around('what fits neither disk, memory nor profiler is refused before anything is written', async () => {
  const need = needOf(decoder, { dataBytes: 1000, nodes: 10, promptTokens: 4, outputTokens: 2, runs: 4 })
  await checkRoom(need, tmpdir())
  for (const [change, said] of [
    [{ diskBytes: 2 ** 60 }, /temporary folder.*TMPDIR/],
    [{ memoryBytes: 2 ** 60 }, /of memory/],
    [{ events: 1_000_001 }, /1000001 events/],
  ] as const)
    try {
      await checkRoom({ ...need, ...change }, tmpdir())
      assert.unreachable()
    } catch (error) {
      assert.ok(error instanceof UsageFault && said.test(error.message), String(error))
    }
})

around('an absent runtime is a usage fault that says how to install it', () =>
  inFolder(async (folder) => {
    try {
      await loadRuntime(folder, folder)
      assert.unreachable()
    } catch (error) {
      const said = /ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@/
      assert.ok(error instanceof UsageFault && said.test(error.message), String(error))
    }
  }))

around('a runtime is found from the folder that holds node_modules and from the package’s own, and reports to nobody', () =>
  inFolder(async (folder) => {
    const own = join(folder, 'node_modules', 'onnxruntime-node')
    await mkdir(own, { recursive: true })
    await writeFile(join(own, 'package.json'), '{"name":"onnxruntime-node","version":"9.8.7","main":"index.js"}')
    await writeFile(join(own, 'index.js'), 'exports.Tensor = class {}; exports.InferenceSession = { create() {} }')
    assert.is(runtimeEntry(folder, '/'), runtimeEntry(own, '/'))
    assert.is(runtimeEntry(undefined, folder), runtimeEntry(own, '/'))
    assert.is((await loadRuntime(folder, '/')).version, '9.8.7')
    assert.is(process.env['ORT_DISABLE_TELEMETRY'], '1') // unless the caller has set it otherwise
  }))

for (const tests of [cut, rounds, running, around]) tests.run()
