import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../../base/errors.js'
import { contentHash } from '../../base/hash.js'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import type { KeyedOutcome } from '../../run/outcome.js'
import { openStore } from '../../store/store.js'
import { smallWorkload } from '../../testing/small-workload.js'
import { synthesise } from '../../synth/synth.js'
import { CellMaker } from '../cells/cell-maker.js'
import { orderFault } from '../cells/order-schema.js'
import { cellKey, keyed, policyOrder, type CellOrder, type KeyedOrder } from '../cells/order.js'
import { resolveDevice } from '../device.js'
import { consentTo } from '../policy-module/consent.js'
import { resolvePolicy } from '../policy-module/resolve.js'
import { traceSubject } from '../subject.js'
import { itemKey, moduleKey, packItem, unpackItem } from './queue-protocol.js'
import { Replayer } from './replayer.js'
import { WorkerCells } from './worker-cells.js'

const test = suite('what a worker does with a job')
const home = mkdtempSync(join(tmpdir(), 'worldswitch-worker-'))
const folder = join(home, 'worker')
mkdirSync(folder)
const device = await resolveDevice('rk3588-nanopc-t6')
const subject = traceSubject(synthesise({ model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 8, outputTokens: 2 }))
const store = openStore(':memory:')
const maker = new CellMaker(store)
const good = maker.order(subject, await maker.policy('flexserve'), device)
const queue = new Map<string, Buffer>([[itemKey(subject.hash), packItem({ trace: subject.trace! })]])
const workerWith = (allowPolicyCode: boolean): WorkerCells =>
  new WorkerCells({
    allowPolicyCode,
    folder,
    onCells: () => {},
    fetch: (key) => Promise.resolve(queue.get(key) ?? null),
    replay: (orders, shelf, consent) => Promise.all(orders.map((one) => new Replayer(shelf).replay(one, consent))),
  })
const replayed = (orders: unknown, allowPolicyCode = false): Promise<KeyedOutcome[]> => workerWith(allowPolicyCode).replay({ orders })
const messageOf = ({ outcome }: KeyedOutcome): string => (outcome.state === 'done' ? 'done' : outcome.message)
/** Under its own key, where it is near enough to an order to have one. */
const withKey = (order: object): KeyedOrder => ({ key: 'policy' in order && order.policy !== undefined ? cellKey(order as CellOrder) : 'f'.repeat(64), order: order as CellOrder })

test('a sound order is replayed; nothing stays in the folder', async () => {
  assert.equal((await replayed([keyed(good)])).map(messageOf), ['done'])
  assert.equal(readdirSync(folder), [])
})

test('an order that the schema refuses fails by itself, beside others that are replayed', async () => {
  const wrong: readonly (readonly [string, object])[] = [
    ['a subject that is a path', { ...good, subject: '../victim' }],
    ['a subject in capitals', { ...good, subject: good.subject.toUpperCase() }],
    ['a subject that is a list', { ...good, subject: [good.subject] }],
    ['a subject with a line end', { ...good, subject: `${good.subject}\n` }],
    ['no policy', { ...good, policy: undefined }],
    ['a policy of one mechanism', { ...good, policy: { ...good.policy, mechanisms: ['npu none 1'] } }],
    ['a reference of 1 MB', { ...good, policy: { ...good.policy, reference: 'x'.repeat(1e6) } }],
    ['a file that is no module', { ...good, policy: { ...good.policy, file: '/etc/passwd' } }],
    ['a parameter that is text', { ...good, device: { ...good.device, values: { 'world.switchUs': '20' } } }],
    ['a parameter below 0', { ...good, device: { ...good.device, values: { ...good.device.values, 'world.switchUs': -1 } } }],
    ['a parameter beyond its bounds', { ...good, device: { ...good.device, values: { ...good.device.values, 'world.switchUs': 1e300 } } }],
    ['a parameter that there is not', { ...good, device: { ...good.device, values: { ...good.device.values, constructor: 1 } } }],
    ['a device without choices', { ...good, device: { id: 'x', values: {} } }],
    ['more than all cached', { ...good, initial: { cached: 2, protection: false } }],
    ['a placement that there is not', { ...good, placement: 'moon' }],
    ['a word more', { ...good, more: 1 }],
  ]
  const outcomes = await replayed([...wrong.map(([, order]) => withKey(order)), keyed(good)])
  assert.is(outcomes.length, wrong.length + 1)
  for (const [i, [what]] of wrong.entries()) assert.match(messageOf(outcomes[i]!), /^the queue’s order is none: /, what)
  assert.is(messageOf(outcomes[wrong.length]!), 'done')
  assert.is(orderFault(JSON.parse(JSON.stringify(keyed(good)))), undefined)
})

test('what is no order at all, or has no key, costs nobody else a cell', async () => {
  const outcomes = await replayed([null, 7, 'x', [], {}, { key: 'short', order: good }, { key: '../../x', order: good }, { key: 'f'.repeat(64) }, { key: 'f'.repeat(64), order: good }, keyed(good)])
  assert.equal(outcomes.map(({ key, outcome }) => [key.slice(0, 4), outcome.state]), [['ffff', 'failed'], ['ffff', 'failed'], [cellKey(good).slice(0, 4), 'done']])
  for (const job of [undefined, null, 7, {}, { orders: 'x' }, { orders: { length: 1 } }, { orders: Array.from({ length: 2000 }, () => null) }])
    await workerWith(false).replay(job).then(() => assert.unreachable(), (error: unknown) => assert.ok(error instanceof BadInput && /a list of at most 1024 cells/.test(error.message), String(error)))
})

test('a job writes and removes no file outside the worker’s folder, whatever it calls its subject', async () => {
  const victim = join(home, 'victim.trace.jsonl')
  writeFileSync(victim, 'mine')
  const trap = gzipSync('{"attacker":"bytes"}\n')
  for (const path of ['../victim', join(home, 'victim'), `${'0'.repeat(63)}/../../victim`]) {
    queue.set(`worldswitch:item:${path}`, trap)
    const [outcome] = await replayed([withKey({ ...good, subject: path })])
    assert.match(messageOf(outcome!), /subject must match pattern/)
    await unpackItem(path, trap, folder).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /64 hex digits/))
    assert.throws(() => itemKey(path), /64 hex digits/)
  }
  assert.is(readFileSync(victim, 'utf8'), 'mine')
  assert.equal(readdirSync(home).sort(), ['victim.trace.jsonl', 'worker'])
  assert.equal(readdirSync(folder), [])
  assert.match(moduleKey('../../x\r\nFLUSHALL'), /^worldswitch:policy:[0-9a-f]{64}$/)
})

test('content that is not what its subject says fails its cell, and leaves nothing behind', async () => {
  const workload = { ...smallWorkload(), name: 'other' }
  const bad: readonly (readonly [string, Buffer, RegExp])[] = [
    ['no gzip', Buffer.from('hello'), /sound gzip data/],
    ['half a gzip', packItem({ trace: subject.trace! }).subarray(0, 100), /sound gzip data/],
    ['another trace', packItem({ trace: synthesise({ model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 9, outputTokens: 1 }) }), /a trace with hash/],
    ['a workload of another hash', packItem({ workload, device: device.profile }), /a workload with hash/],
    ['a workload that is no JSON', gzipSync('{"workload": oh'), /expected JSON/],
    ['a workload that is none', gzipSync('{"workload":{"requests":7}}'), /expected/],
    ['JSON that is no trace', gzipSync('{"a":1}\n'), /expected/],
    ['packed once more', gzipSync(gzipSync('{}')), /a trace as JSON Lines/],
    ['another format', gzipSync('SQLite format 3\0'), /a trace as JSON Lines/],
  ]
  for (const [what, packed, said] of bad) {
    const hash = what.length.toString(16).padStart(64, 'a')
    queue.set(itemKey(hash), packed)
    const outcomes = await replayed([withKey({ ...good, subject: hash }), keyed(good)])
    assert.match(messageOf(outcomes[0]!), said, what)
    assert.is(messageOf(outcomes[1]!), 'done', what)
    assert.equal(readdirSync(folder), [], what)
  }
})

test('unpacking ends at its limit', async () => {
  const packed = gzipSync(Buffer.alloc(1e6))
  await unpackItem('a'.repeat(64), packed, folder, 1e5).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /expected at most 100000 bytes unpacked, found "more"/))
})

test('without the flag no module runs, however a job names it; with it, only what came with the job', async () => {
  const text = (ran: string): string => `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(ran)}, '')\nexport default { id: 'mine', summary: 's', source: 't', memory: 'flex-mem', npu: 'flex-npu', residency: 'release', pipeline: 'serial', scheduler: 'fifo', startup: 'resident' }\n`
  const [local, ran] = [join(home, 'local.mjs'), join(home, 'local.ran')]
  writeFileSync(local, text(ran))
  const policy = policyOrder('flexserve', await resolvePolicy('flexserve'))
  const hash = contentHash()
  hash.addText(text(ran))
  const digest = hash.digest()
  const id = `local.mjs#${digest.slice(0, 12)}`
  const jobs: readonly (readonly [string, object])[] = [
    ['a reference alone', { reference: local }],
    ['a reference with options', { reference: `${local}?with.npu=co-driver` }],
    ['a relative one', { reference: `.${'/..'.repeat(30)}${local}` }],
    ['a file', { reference: local, file: local }],
    ['a file of the right hash that was not sent', { reference: local, file: local, id }],
    ['a built-in reference with a file', { reference: 'flexserve', file: local }],
    ['a file that is another than the reference’s', { reference: local, file: './local.mjs', id }],
  ]
  for (const [what, names] of jobs) {
    const order = withKey({ ...good, policy: { ...policy, ...names } })
    assert.match(messageOf((await replayed([order]))[0]!), /--allow-policy-code/, what)
    await replayed([order], true).then(([outcome]) => assert.is(outcome!.outcome.state, 'failed', what), (error: Error) => assert.match(error.message, /no longer has the policy/, what))
    assert.not.ok(existsSync(ran), what)
  }
  const sent = withKey({ ...good, policy: { ...policyOrder(local, await resolvePolicy('flexserve')), reference: local, file: local, id } })
  queue.set(moduleKey(id), Buffer.from(`${text(ran)}// another`))
  assert.match(messageOf((await replayed([sent], true))[0]!), /a policy that is what its hash says/)
  assert.not.ok(existsSync(ran))
  writeFileSync(local, 'never read')
  queue.set(moduleKey(id), Buffer.from(text(ran)))
  assert.is(messageOf((await replayed([sent], true))[0]!), 'done')
  assert.ok(existsSync(ran))
  assert.equal(readdirSync(folder), [`${digest}.mjs`])
  assert.is(dirname(consentTo([join(folder, `${digest}.mjs`)]).modules[0]!), folder)
})

test.after(() => {
  store.close()
  rmSync(home, { recursive: true, force: true })
})
test.run()
