import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore, type Store } from '../../store/store.js'
import type { Executor } from '../executors/executor.js'
import { inProcess } from '../executors/in-process.js'
import { threads } from '../executors/threads.js'
import { checkGrid } from '../sweep/read-grid.js'
import { ordersOf, planSweep, runSweep, type PlannedSweep } from '../sweep/sweep.js'
import { cellKey } from './order.js'
import { runCells } from './run-cells.js'

const test = suite('cells of a study')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-cells-'))
const grid = checkGrid(
  {
    schema: 'worldswitch-sweep/1',
    name: 'small',
    base: { model: 'qwen2.5-0.5b', prompt: 16, output: 2 },
    axes: [
      { axis: 'policy', values: ['strawman', 'flexserve', 'flexserve?npu=co-driver', 'flexserve?npu=shared-unprotected'] },
      { zip: [{ axis: 'pressure', values: ['0GiB', '8GiB'] }, { axis: 'set.npu.modeSwitchMs', values: [{ times: 1 }, { times: 10 }] }] },
      { axis: 'seed', from: 0, to: 2, count: 3 },
    ],
  },
  'small',
)
const plan = (store: Store): Promise<PlannedSweep> => planSweep(store, grid, 'small')
const at = (name: string): Store => openStore(join(folder, name))

async function swept(store: Store, executor: Executor) {
  try {
    return await runSweep(store, await plan(store), executor)
  } finally {
    await executor.close()
  }
}

test('here, in threads, merged from two stores: the same bytes; a second run replays nothing', async () => {
  const [here, apart, first, second] = ['here.db', 'threads.db', 'first.db', 'second.db'].map(at) as [Store, Store, Store, Store]
  const serial = await swept(here, inProcess())
  assert.is(serial.result.cells.length, 24)
  assert.is(serial.result.cells.filter(({ state }) => state === 'impossible').length, 6)
  assert.is(serial.replayed, 18)
  assert.equal((await swept(apart, threads(2))).result, serial.result)
  const orders = ordersOf(await plan(first))
  const { shelf } = (await plan(first)).maker
  await runCells(first, orders.slice(0, 11), shelf, inProcess())
  await runCells(second, orders.slice(6), shelf, inProcess())
  assert.equal(await first.merge(second.path), { cells: 7, sameCells: 5, studies: 0 })
  const merged = await swept(first, inProcess())
  assert.is(merged.replayed, 0)
  assert.equal(merged.result, serial.result)
  const again = await swept(here, inProcess())
  assert.is(again.replayed, 0)
  assert.equal(again.result, serial.result)
  assert.equal(here.studies.list().map(({ name, cells, done }) => [name, cells, done]), [['small', 18, 18]])
  for (const store of [here, apart, first, second]) store.close()
})

test('a run that breaks off keeps what had finished, and goes on there', async () => {
  const store = at('broken.db')
  const planned = await plan(store)
  const inner = inProcess()
  const breaking: Executor = {
    ...inner,
    run(orders, shelf, finished) {
      let left = 5
      return inner.run(orders, shelf, (some) => {
        if (left-- === 0) throw new Error('the lights went out')
        finished(some)
      })
    },
  }
  await runCells(store, ordersOf(planned), planned.maker.shelf, breaking).then(() => assert.unreachable(), (error: Error) => assert.is(error.message, 'the lights went out'))
  const { replayed, reused } = await runCells(store, ordersOf(planned), planned.maker.shelf, inProcess())
  assert.equal([replayed, reused], [13, 5])
  store.close()
})

test('windows and, when asked, tasks of a cell are kept; a window’s causes sum to its length', async () => {
  const store = at('tasks.db')
  const planned = await plan(store)
  const [order] = ordersOf(planned)
  await runCells(store, [order!], planned.maker.shelf, inProcess())
  const key = cellKey(order!)
  assert.is(store.cells.tasks(key), null)
  await runCells(store, [order!], planned.maker.shelf, inProcess(), { keepTasks: true })
  const tasks = store.cells.tasks(key)!
  const windows = store.cells.windows(key)!
  assert.equal(windows.map(({ name }) => name), ['ttft', 'step', 'request'])
  for (const { exposedNs, lengthNs } of windows) assert.is(Object.values(exposedNs).reduce((sum, ns) => sum + ns, 0), lengthNs)
  let endNs = 0
  for (let t = 0; t < tasks.length; t++) endNs = Math.max(endNs, tasks.columns['startNs']![t]! + tasks.columns['durationNs']![t]!)
  assert.ok(endNs >= windows[2]!.lengthNs)
  store.close()
})

test('a key changes with whatever can change the cell, and with one mechanism’s version only that policy’s', async () => {
  const store = at('keys.db')
  const orders = ordersOf(await plan(store))
  const order = orders[0]!
  const key = cellKey(order)
  const raised = { ...order, policy: { ...order.policy, mechanisms: order.policy.mechanisms.map((one, i) => (i === 0 ? one.replace(/\d+$/, '99') : one)) } }
  for (const other of [raised, { ...order, subject: 'f'.repeat(64) }, { ...order, pressureBytes: 1 }, { ...order, contention: true }, { ...order, initial: { cached: 0.5, protection: false } }, { ...order, device: { ...order.device, values: { ...order.device.values, 'world.switchUs': 21 } } }])
    assert.is.not(cellKey(other), key)
  assert.is(cellKey({ ...order, keepTasks: true }), key)
  assert.is(new Set(orders.map(cellKey)).size, orders.length)
  store.close()
})

test('a contradicting store is refused whole', async () => {
  const [one, other] = [at('one.db'), at('other.db')]
  const planned = await plan(one)
  const orders = ordersOf(planned).slice(0, 2)
  await runCells(one, orders, planned.maker.shelf, inProcess())
  one.cells.putAll([])
  const key = cellKey(orders[0]!)
  const [cell] = one.cells.read([key])
  other.cells.putAll([{ key, subject: orders[0]!.subject, policy: 'x', device: 'x', order: {}, outcome: { state: 'done', summary: { ...cell!.summary!, ttftNs: 1 }, windows: [] } }])
  await one.merge(other.path).then(() => assert.unreachable(), (error: Error) => assert.match(error.message, /the same outcome as in the other store/))
  one.close()
  other.close()
})

test.after(() => rmSync(folder, { recursive: true, force: true }))
test.run()
