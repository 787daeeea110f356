/** Cells a second of a sweep: in one process, on two threads, over two workers of a queue, against two processes that
 *  replay half of the cells each (the machine's own limit); and what is gained where cells that differ in costs alone share their tasks.
 *  `node bin/bench.js studies`; WORLDSWITCH_BENCH_CELLS is the size, WORLDSWITCH_BENCH_PAIRS how many rounds. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { repository } from '../testing/command.js'
import { onPath } from '../testing/trace-source.js'
import { build, described } from './one-import.js'
import { pairs, spread } from './pairs.js'

const PORT = 6398
/** Cells that share their tasks. */
const DRAWS = 12
const cells = Number(process.env['WORLDSWITCH_BENCH_CELLS'] ?? 400)
const rounds = Number(process.env['WORLDSWITCH_BENCH_PAIRS'] ?? 3)

/** The sweep that the field would make: prompts × pressures × switch costs × policies × draws. 200 cells a draw. */
const gridOf = (from: number, to: number): object => ({
  schema: 'worldswitch-sweep/1',
  name: 'bench',
  base: { model: 'llama-3.1-8b', output: 1 },
  axes: [
    { axis: 'seed', from, to, count: to - from + 1 },
    { axis: 'policy', values: ['unprotected', 'strawman', 'optimized-strawman', 'tz-llm', 'flexserve'] },
    { axis: 'prompt', values: [32, 128, 512, 1024] },
    { axis: 'pressure', values: ['0GiB', '4GiB', '8GiB', '9GiB', '10GiB'] },
    { axis: 'set.npu.modeSwitchMs', values: [{ times: 1 }, { times: 10 }] },
  ],
})

export async function run(): Promise<void> {
  build()
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  const seeds = Math.max(2, 2 * Math.round(cells / 400))
  const files = { all: [1, seeds], first: [1, seeds / 2], second: [seeds / 2 + 1, seeds] } as const
  for (const [name, [from, to]] of Object.entries(files)) writeFileSync(join(folder, `${name}.json`), JSON.stringify(gridOf(from, to)))
  const sweep = (name: string, ...more: string[]): Promise<number> => timed(folder, ['sweep', join(folder, `${name}.json`), '--json', '--db', fresh(folder), ...more])
  const children = onPath('redis-server') ? await startQueue(folder) : []
  const ms: Record<'one' | 'threads' | 'processes' | 'queue', number[]> = { one: [], threads: [], processes: [], queue: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      ms.one.push(await sweep('all', '--threads', '1'))
      ms.threads.push(await sweep('all', '--threads', '2'))
      ms.processes.push(Math.max(...(await Promise.all([sweep('first', '--threads', '1'), sweep('second', '--threads', '1')]))))
      if (children.length > 0) ms.queue.push(await sweep('all', '--queue', `redis://127.0.0.1:${PORT}`))
    }
    const count = 200 * seeds
    console.log(`${count} cells of an 8B model, start of the program and store included`)
    for (const [name, times] of Object.entries(ms)) if (times.length > 0) console.log(`  ${name.padEnd(9)}  ${described(spread(times.map((one) => (count / one) * 1000)), 1)} cells/s`)
    const gain = (times: readonly number[]): number => spread(times.map((one, i) => ms.one[i]! / one)).median
    console.log(`  gain of two threads ${gain(ms.threads).toFixed(2)}, of two processes ${gain(ms.processes).toFixed(2)}: ${(gain(ms.threads) / gain(ms.processes)).toFixed(2)} of it`)
    if (ms.queue.length > 0) console.log(`  gain of two queue workers ${gain(ms.queue).toFixed(2)}: ${(gain(ms.queue) / gain(ms.processes)).toFixed(2)} of it`)
    await pricing()
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Cells that differ in device costs alone: their tasks written once and priced for each, and written for each. */
async function pricing(): Promise<void> {
  const [{ openStore }, { keyed }, { replayOrder }, { ShelfSources }, { resolvePolicy }, { checkGrid }, { ordersOf, planSweep }, { Repricer }] = await Promise.all([
    built<typeof import('../store/store.js')>('store/store.js'),
    built<typeof import('../study/cells/order.js')>('study/cells/order.js'),
    built<typeof import('../study/cells/replay-order.js')>('study/cells/replay-order.js'),
    built<typeof import('../study/cells/shelf.js')>('study/cells/shelf.js'),
    built<typeof import('../study/policy-module/resolve.js')>('study/policy-module/resolve.js'),
    built<typeof import('../study/sweep/read-grid.js')>('study/sweep/read-grid.js'),
    built<typeof import('../study/sweep/sweep.js')>('study/sweep/sweep.js'),
    built<typeof import('../replay/repricer.js')>('replay/repricer.js'),
  ])
  const store = openStore(':memory:')
  for (const reference of ['strawman', 'optimized-strawman', 'tz-llm', 'flexserve'])
    for (const output of [1, 64]) {
      const grid = { ...gridOf(1, DRAWS), base: { model: 'llama-3.1-8b', prompt: 128, output, policy: reference }, axes: [{ axis: 'seed', from: 1, to: DRAWS, count: DRAWS }] }
      const planned = await planSweep(store, checkGrid(grid, 'bench'), 'bench')
      const orders = ordersOf(planned).map(keyed)
      const policy = await resolvePolicy(reference)
      const { source } = new ShelfSources(planned.maker.shelf).get(orders[0]!.order.subject)
      const replay = (repricer?: InstanceType<typeof Repricer>): void => orders.forEach(({ order }) => void replayOrder(order, source, false, policy, repricer))
      console.log(`${reference}, 8B, 128 tokens in, ${output} out: ${DRAWS} cells that differ in costs`)
      await pairs('tasks written for each', () => replay(), 'written once, priced for each', () => replay(new Repricer()))
    }
  store.close()
}

const built = async <T>(path: string): Promise<T> => (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as T

let stores = 0
const fresh = (folder: string): string => join(folder, `${stores++}.db`)

function timed(folder: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, [join(repository, 'bin/run.js'), ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (text: Buffer) => (said += text.toString()))
    child.on('close', (code) => (code === 0 ? resolve(performance.now() - began) : reject(new Error(said))))
  })
}

async function startQueue(folder: string): Promise<ChildProcess[]> {
  const server = spawn('redis-server', ['--port', `${PORT}`, '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'], { stdio: 'ignore', cwd: folder })
  while (spawnSync('redis-cli', ['-p', `${PORT}`, 'ping'], { encoding: 'utf8' }).stdout?.trim() !== 'PONG') await sleep(100)
  const worker = (): ChildProcess => spawn(process.execPath, [join(repository, 'bin/run.js'), 'worker', '--queue', `redis://127.0.0.1:${PORT}`, '--threads', '1'], { stdio: 'ignore', cwd: folder })
  return [worker(), worker(), server]
}
