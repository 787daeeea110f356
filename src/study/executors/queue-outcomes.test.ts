import { spawn, spawnSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker, type Job } from 'bullmq'
import { Redis } from 'ioredis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { UsageFault } from '../../base/errors.js'
import { modelOf } from '../../model/models.js'
import { quantisationOf } from '../../model/quantisation.js'
import { policies } from '../../policies/policies.js'
import type { CellOutcome, KeyedOutcome } from '../../run/outcome.js'
import { openStore } from '../../store/store.js'
import { synthesise } from '../../synth/synth.js'
import { smallWorkload } from '../../testing/small-workload.js'
import { workloadHash } from '../../trace/workload-hash.js'
import { onPath } from '../../testing/trace-source.js'
import { CellMaker } from '../cells/cell-maker.js'
import { outcomeFault } from '../cells/outcome-schema.js'
import { keyed, type CellOrder, type KeyedOrder } from '../cells/order.js'
import type { ShelfItem } from '../cells/shelf.js'
import { resolveDevice } from '../device.js'
import { traceSubject } from '../subject.js'
import { connectRedis } from './connect-queue.js'
import { outcomesIn, wireOutcomes } from './queue-outcomes.js'
import { QUEUE } from './queue-protocol.js'
import { queue } from './queue.js'
import { Replayer } from './replayer.js'

const test = suite('outcomes that come from a queue')
const device = await resolveDevice('rk3588-nanopc-t6')
const maker = new CellMaker(openStore(':memory:'))
const subject = traceSubject(synthesise({ model: modelOf('qwen2.5-0.5b')!, quant: quantisationOf('int8')!, device: device.profile, promptTokens: 8, outputTokens: 2 }))
const workload = smallWorkload()
const workloadKey = workloadHash(workload)
const shelf = new Map<string, ShelfItem>([[subject.hash, { trace: subject.trace! }], [workloadKey, { workload, device: device.profile }]])
const order = async (policy: string, more: Partial<CellOrder> = {}): Promise<KeyedOrder> => keyed({ ...maker.order(subject, await maker.policy(policy), device), ...more })
const good = await order('flexserve')
const { outcome } = await new Replayer(shelf).replay(good)
const done = outcome as Extract<CellOutcome, { state: 'done' }>
const throughJson = (outcomes: readonly KeyedOutcome[]): unknown => JSON.parse(JSON.stringify(wireOutcomes(outcomes)))

test('what every policy’s cells end as is an outcome, of traces and workloads, and comes through unchanged', async () => {
  const orders: KeyedOrder[] = []
  for (const { id } of policies) {
    orders.push(await order(id), await order(id, { contention: true }), await order(id, { subject: workloadKey }))
  }
  orders.push(await order('flexserve', { keepTasks: true }), await order('strawman', { subject: workloadKey, keepTasks: true }))
  const replayer = new Replayer(shelf)
  let ended = 0
  for (const one of orders) {
    const there = await replayer.replay(one)
    const here = outcomesIn(throughJson([there]), [one])!
    assert.is.not(there.outcome.state, 'failed')
    if (there.outcome.state === 'done') {
      ended++
      if (there.outcome.tasks !== undefined) {
        const found = (here[0]!.outcome as typeof done).tasks!
        for (const [name, column] of Object.entries(there.outcome.tasks.columns)) assert.equal([...found.columns[name]!], [...column], name)
      }
    }
    const plain = ({ key, outcome: all }: KeyedOutcome): unknown => ({ key, outcome: { ...all, tasks: undefined } })
    assert.equal(here.map(plain), [there].map(plain))
  }
  assert.ok(ended > policies.length, `${ended} cells ended`)
})

test('a forged or malformed outcome fails its cell with one line, and nothing else', async () => {
  const other = await order('strawman')
  const otherOutcome = (await new Replayer(shelf).replay(other)).outcome
  const { summary } = done
  const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as unknown
  const wrong: readonly unknown[] = [
    undefined, null, 7, 'done', [], {}, { state: 'done' }, { state: 'other' }, { state: ['done'] }, deep,
    { ...done, windows: null },
    { ...done, windows: [{ ...done.windows[0], name: '<script>' }] },
    { ...done, summary: { ...summary, ttftNs: -1 } },
    { ...done, summary: { ...summary, ttftNs: '1' } },
    { ...done, summary: { ...summary, tpotNs: undefined } },
    { ...done, summary: { ...summary, requests: 0 } },
    { ...done, summary: { ...summary, more: 1 } },
    { ...done, summary: { ...summary, busyNs: { ...summary.busyNs, other: 1 } } },
    { ...done, summary: { ...summary, ttftExposedNs: { compute: null } } },
    { ...done, summary: { ...summary, warnings: [{ toString: 1 }] } },
    { ...done, summary: { ...summary, warnings: ['x'.repeat(6000)] } },
    { ...done, message: 'both' },
    { ...done, tasks: {} },
    { state: 'failed' }, { state: 'failed', message: '' }, { state: 'refused', message: 3 }, { state: 'refused', message: 'no', summary },
  ]
  for (const one of wrong) {
    const answer = [{ key: good.key, outcome: one }, 7, null, { key: 'f'.repeat(64), outcome: done }, { key: [good.key], outcome: done }, { key: other.key, outcome: otherOutcome }, { key: other.key, outcome: { state: 'failed', message: 'said twice' } }]
    const outcomes = outcomesIn(answer, [good, other])!
    assert.is(outcomes.length, 2)
    const [forged, sound] = outcomes as [KeyedOutcome, KeyedOutcome]
    assert.is(forged.outcome.state, 'failed')
    assert.match((forged.outcome as { message: string }).message, /^what came from the queue is no outcome of a cell: [^\n]+$/)
    assert.equal(sound, { key: other.key, outcome: JSON.parse(JSON.stringify(otherOutcome)) as CellOutcome })
  }
  for (const answer of [undefined, null, 'x', {}, 5]) assert.is(outcomesIn(answer, [good]), undefined)
  assert.is(outcomeFault(JSON.parse(JSON.stringify(done))), undefined)
})

test('tasks that unpack to anything but their numbers fail their cell; those that were not asked for are dropped', async () => {
  const asked = await order('flexserve', { keepTasks: true })
  const there = await new Replayer(shelf).replay(asked)
  const [wire] = throughJson([there]) as [{ key: string; outcome: { tasks: { length: number; columns: Record<string, string> } } }]
  const { tasks } = wire.outcome
  for (const bad of [{ ...tasks, length: tasks.length + 1 }, { ...tasks, length: tasks.length - 1 }, { ...tasks, columns: { ...tasks.columns, startNs: 'AAAA' } }, { ...tasks, columns: { ...tasks.columns, startNs: '' } }, { ...tasks, length: 2 ** 40 }]) {
    const [ended] = outcomesIn([{ key: asked.key, outcome: { ...wire.outcome, tasks: bad } }], [asked])!
    assert.match((ended!.outcome as { message: string }).message, /^what came from the queue is no outcome/)
  }
  const [ended] = outcomesIn([wire], [good])!
  assert.is((ended!.outcome as typeof done).tasks, undefined)
})

test('a server that takes a connection and says nothing is one line, soon', async () => {
  const sockets = new Set<{ destroy(): void }>()
  const mute = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
  await new Promise((resolve) => mute.once('listening', resolve))
  const fault = await connectRedis(`redis://:secret@127.0.0.1:${(mute.address() as AddressInfo).port}`, 300).catch((error: unknown) => error)
  assert.instance(fault, UsageFault)
  assert.match((fault as Error).message, /^no queue answers at redis:\/\/127\.0\.0\.1:\d+ \(nothing came within 0\.3 s\)/)
  assert.not.match((fault as Error).message, /secret/)
  for (const socket of sockets) socket.destroy()
  mute.close()
})

if (!onPath('redis-server')) console.log('SKIP outcomes through a server: redis-server is not installed')
else {
  test('a password that is missing or wrong is one line; forged answers through a server fail their cells, never the study', async () => {
    const port = 20_000 + (process.pid % 20_000)
    const server = spawn('redis-server', ['--port', `${port}`, '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1', '--requirepass', 'right'], { stdio: 'ignore', cwd: '/tmp' })
    try {
      while (spawnSync('redis-cli', ['-p', `${port}`, '-a', 'right', 'ping'], { encoding: 'utf8' }).stdout.trim() !== 'PONG') await sleep(50)
      const said = (password: string): Promise<string> => connectRedis(`redis://${password}127.0.0.1:${port}`, 2000).then((redis) => (redis.disconnect(), 'connected'), (error: Error) => `${error.name}: ${error.message}`)
      assert.match(await said(''), /^UsageFault: the queue at redis:\/\/127\.0\.0\.1:\d+ wants a password; /)
      assert.match(await said(':wrong@'), /^UsageFault: the queue at redis:\/\/127\.0\.0\.1:\d+ does not take this user and password \(WRONGPASS/)
      assert.is(await said(':right@'), 'connected')

      const url = `redis://:right@127.0.0.1:${port}`
      const attacker = new Redis(url)
      attacker.on('error', () => {})
      const orders = [good, await order('strawman'), await order('optimized-strawman'), await order('unprotected')]
      const worker = new Worker<{ orders: KeyedOrder[] }, unknown>(
        QUEUE,
        (job: Job<{ orders: KeyedOrder[] }>) => {
          const { key } = job.data.orders[0]!
          if (key === orders[0]!.key) return Promise.resolve([{ key, outcome: done }])
          if (key === orders[1]!.key) return Promise.resolve([{ key, outcome: { state: 'done', summary: { ttftNs: 1 } } }])
          return Promise.resolve(key === orders[2]!.key ? { no: 'list' } : [{ key, outcome: { state: 'refused', message: 'no' } }])
        },
        { connection: { url, maxRetriesPerRequest: null } },
      )
      worker.on('error', () => {})
      worker.on('completed', (job) => {
        if (job.data.orders[0]!.key === orders[3]!.key) void attacker.hset(`bull:${QUEUE}:${job.id}`, 'returnvalue', '{"not json')
      })
      const ended = new Map<string, CellOutcome>()
      try {
        await queue(url).run(orders, shelf, (some) => some.forEach((one) => ended.set(one.key, one.outcome)))
      } finally {
        await worker.close(true)
        attacker.disconnect()
      }
      assert.is(ended.get(orders[0]!.key)!.state, 'done')
      for (const { key } of orders.slice(1, 3)) assert.match((ended.get(key) as { message: string }).message, /^what came from the queue is no /)
      assert.ok(ended.get(orders[3]!.key)!.state !== 'done')
    } finally {
      server.kill('SIGKILL')
    }
  })
}

test.run()
