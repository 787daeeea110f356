/** Cells a second of a sweep: in one process, on two threads, over two workers of a queue, against two processes that
 *  replay half of the cells each (the machine's own limit); and what reusing a trace's expansion gains.
 *  `node bin/bench.js studies`; WORLDSWITCH_BENCH_CELLS is the size, WORLDSWITCH_BENCH_PAIRS how many rounds. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../store/store.js'
import { keyed } from '../study/cells/order.js'
import { Replayer } from '../study/executors/replayer.js'
import { checkGrid } from '../study/sweep/read-grid.js'
import { ordersOf, planSweep } from '../study/sweep/sweep.js'
import { repository } from '../testing/command.js'
import { onPath } from '../testing/trace-source.js'
import { build, described } from './one-import.js'
import { pairs, spread } from './pairs.js'

const PORT = 6398
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
    await expansion()
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Cells that differ in device costs alone: with the trace expanded once, and anew for each. */
async function expansion(): Promise<void> {
  const store = openStore(':memory:')
  const planned = await planSweep(store, checkGrid({ ...gridOf(1, 4), axes: [{ axis: 'seed', from: 1, to: 4, count: 4 }, { axis: 'policy', values: ['strawman', 'flexserve'] }], base: { model: 'llama-3.1-8b', prompt: 128, output: 64 } }, 'bench'), 'bench')
  const orders = ordersOf(planned).map(keyed)
  const { shelf } = planned.maker
  const kept = new Replayer(shelf)
  await pairs('expanded for each cell', async () => { for (const one of orders) await new Replayer(shelf).replay(one) }, 'expanded once', async () => { for (const one of orders) await kept.replay(one) }, { rounds: 9 })
  store.close()
}

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
