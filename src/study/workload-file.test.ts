import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput, UsageFault } from '../base/errors.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { modelOf } from '../model/models.js'
import { operators } from '../model/operators.js'
import { quantisationOf } from '../model/quantisation.js'
import { openStore } from '../store/store.js'
import { workloadKinds, workloadText } from '../synth/workload.js'
import { checkWorkload } from '../trace/check-workload.js'
import type { Workload } from '../trace/workload.js'
import { workloadHash } from '../trace/workload-hash.js'
import { resolveSubject, resolveWorkload } from './resolve-subject.js'
import { readWorkload, shippedNames, shippedWorkload } from './workload-file.js'

const test = suite<{ folder: string }>('workload files')
test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'worldswitch-workloads-'))
})
test.after.each(({ folder }) => rm(folder, { recursive: true }))

/** The options that a workload's own command gives. */
function madeAgain({ source, name }: Workload): Workload {
  const words = source.split(' ').slice(3)
  const of = (flag: string): string[] => words.flatMap((word, i) => (word === `--${flag}` ? [words[i + 1]!] : []))
  const kind = workloadKinds.find(({ id }) => id === of('kind')[0])!
  const { defaults } = kind
  const models = of('model').map((text) => ({ id: text.split(':')[0]!, quant: text.split(':')[1] ?? 'int8' }))
  const number = (flag: string, otherwise: number): number => Number(of(flag)[0] ?? otherwise)
  return kind.make({
    name,
    source,
    seed: number('seed', 1),
    models: models.length > 0 ? models : defaults.models,
    requests: number('requests', defaults.requests),
    hours: number('hours', defaults.hours),
    promptTokens: number('prompt', defaults.promptTokens),
    outputTokens: number('output', defaults.outputTokens),
  })
}

test('every shipped workload is what its own command makes, byte for byte', async () => {
  const names = await shippedNames()
  assert.equal(names, ['agent-chain', 'agent-pairs-k1', 'agent-pairs-k32', 'agent-pairs-k8', 'chat', 'day', 'flexserve-grid', 'npu-contention', 'pressure-sweep', 'random-hour', 'tz-llm-grid'])
  for (const name of names) {
    const workload = await shippedWorkload(name)
    assert.is(workload.name, name)
    assert.is(workloadText(madeAgain(workload)), await readFile(new URL(`../../traces/workloads/${name}.workload.json`, import.meta.url), 'utf8'), name)
  }
})

test('the random hour has over 200 requests and 5 M operators', async () => {
  const { requests, models } = await shippedWorkload('random-hour')
  const perPass = models.map(({ id, quant }) => operators(modelOf(id)!, quantisationOf(quant)!, 1, 0).length)
  assert.ok(requests.length >= 200)
  assert.ok(requests.reduce((sum, { model, outputTokens }) => sum + perPass[model]! * outputTokens, 0) > 5e6)
})

test('whatever is synthesised passes the check, the same twice, and another seed makes another', () => {
  fc.assert(
    fc.property(fc.constantFrom(...workloadKinds), fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 300 }), (kind, seed, requests, tokens) => {
      const made = (with_: number): Workload => kind.make({ ...kind.defaults, name: 'x', source: '', seed: with_, requests, promptTokens: tokens, outputTokens: tokens })
      const first = made(seed)
      assert.equal(checkWorkload(JSON.parse(workloadText(first)), 'x'), first)
      assert.is(workloadText(made(seed)), workloadText(first))
      if (['random', 'chat', 'day'].includes(kind.id)) assert.is.not(workloadHash(made(seed + 1)), workloadHash(first))
    }),
    { numRuns: 60 },
  )
})

const good = (): Workload => workloadKinds.find(({ id }) => id === 'chained')!.make({ ...workloadKinds[1]!.defaults, name: 'x', seed: 1, source: '' })
type Loose = Record<string, unknown> & { requests: Record<string, unknown>[]; models: Record<string, unknown>[] }
const broken: readonly (readonly [string, (json: Loose) => void, RegExp])[] = [
  ['another schema', (json) => (json['schema'] = 'worldswitch-workload/2'), /schema/],
  ['no requests', (json) => (json.requests = []), /requests: .*1 items/],
  ['a model that nobody knows', (json) => (json.models[0]!['id'] = 'lama-3.1-8b'), /models.0.id: .*did you mean llama-3.1-8b/],
  ['a quantisation that nobody knows', (json) => (json.models[0]!['quant'] = 'int7'), /models.0.quant: .*did you mean int8/],
  ['a model out of range', (json) => (json.requests[2]!['model'] = 9), /requests.2.model: expected an index into models, 0 to 1, found 9/],
  ['an id twice', (json) => (json.requests[1]!['id'] = json.requests[0]!['id']), /requests.1.id/],
  ['a wait for a later one', (json) => (json.requests[1]!['after'] = ['w1.check']), /requests.1.after: expected ids of earlier requests/],
  ['think time after nobody', (json) => (json.requests[0]!['thinkNs'] = 5), /requests.0.thinkNs/],
  ['a session of two models', (json) => json.requests.forEach((request) => (request['session'] = 's')), /requests.1.model: .*session/],
  ['an arrival with a fraction', (json) => (json.requests[0]!['arrivalNs'] = 0.5), /requests.0.arrivalNs: .*integer/],
  ['no tokens', (json) => (json.requests[0]!['promptTokens'] = 0), /promptTokens/],
  ['a field too many', (json) => (json.requests[0]!['\u001b[31mred'] = 1), /requests.0/],
  ['events out of order', (json) => (json['memory'] = [{ atNs: 5, demandBytes: 1 }, { atNs: 4, demandBytes: 1 }]), /memory.1.atNs: expected events in order of time, 5 or later, found 4/],
]
for (const [what, change, said] of broken)
  test(`refused with its field: ${what}`, () => {
    const json = JSON.parse(JSON.stringify(good())) as Loose
    change(json)
    assert.throws(
      () => checkWorkload(json, 'mine.workload.json'),
      (error: unknown) => error instanceof BadInput && said.test(error.message) && error.message.startsWith('mine.workload.json: ') && !/[\u0000-\u001f]/.test(error.message),
    )
  })

test('a file that is no JSON, or not there, is one line', async ({ folder }) => {
  const path = join(folder, 'a.workload.json')
  await writeFile(path, '{ "schema": ')
  for (const [file, said] of [[path, /expected JSON/], [join(folder, 'none.workload.json'), /a file that can be read/]] as const)
    try {
      await readWorkload(file)
      assert.unreachable()
    } catch (error) {
      assert.ok(error instanceof BadInput && said.test(error.message) && !error.message.includes('\n'), String(error))
    }
})

test('stored once, found by name and id, named beside traces; a reference is a trace, a workload, or a file', async ({ folder }) => {
  const store = openStore(join(folder, 'w.db'))
  try {
    const first = await store.workloads.put({ ...good(), name: 'mine' })
    assert.equal(await store.workloads.put({ ...good(), name: 'other', note: 'the same requests' }), { ...first, existed: true })
    assert.is((await store.workloads.put({ ...good(), name: 'also mine' }, true)).name, 'also mine')
    assert.is(store.workloads.load('also mine').name, 'also mine')
    assert.equal((await store.workloads.remove(['also mine'])).map(({ staysAs }) => staysAs), [['mine']])
    const second = await store.workloads.put({ ...good(), name: 'mine', requests: good().requests.slice(0, 3) })
    assert.is(second.name, 'mine-2')
    assert.equal(store.workloads.load(first.hash.slice(0, 10)).requests, good().requests)
    assert.is((await resolveSubject(store, 'mine', nanopcT6)).hash, first.hash)
    assert.is((await resolveSubject(store, 'agent-chain', nanopcT6)).name, 'agent-chain')
    await writeFile(join(folder, 'x.json'), workloadText({ ...good(), name: 'in a file' }))
    assert.is((await resolveWorkload(store, join(folder, 'x.json'))).name, 'in a file')
    for (const [reference, said] of [['agent-chian', /did you mean "agent-chain"/], ['nothing like it', /no stored trace is called/]] as const)
      try {
        await resolveSubject(store, reference, nanopcT6)
        assert.unreachable()
      } catch (error) {
        assert.ok(error instanceof UsageFault && said.test(error.message), String(error))
      }
    assert.is((await store.workloads.remove(['mine', 'mine-2'])).length, 2)
    assert.equal(store.workloads.list(), [])
  } finally {
    store.close()
  }
})

test.run()
