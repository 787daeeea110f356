import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from '../../store/store.js'
import { onPath } from '../../testing/trace-source.js'
import { repository } from '../../testing/command.js'
import { checkGrid } from '../sweep/read-grid.js'
import { consentTo } from '../policy-module/consent.js'
import { planSweep, runSweep } from '../sweep/sweep.js'
import { inProcess } from './in-process.js'
import { queue } from './queue.js'

const test = suite('a queue of cells')
const folder = mkdtempSync(join(tmpdir(), 'worldswitch-queue-'))
const children = new Set<ChildProcess>()
const faultOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'no fault', (error: Error) => error.message)

if (!onPath('redis-server')) {
  console.log('SKIP a queue of cells: redis-server is not installed')
} else {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const module = join(folder, 'mine.mjs')
  writeFileSync(module, "export default { id: 'mine', summary: 'a test', source: 'a test', memory: 'flex-mem', npu: 'flex-npu', residency: 'release', pipeline: 'layered', scheduler: 'fifo', startup: 'resident' }\n")
  const grid = (policies: readonly string[], seeds: number) =>
    checkGrid({ schema: 'worldswitch-sweep/1', name: 'queued', base: { model: 'qwen2.5-0.5b', prompt: 32, output: 2 }, axes: [{ axis: 'policy', values: policies }, { axis: 'seed', from: 0, to: seeds, count: seeds + 1 }] }, 'queued')
  const run = async (name: string, queued: boolean, policies: readonly string[], seeds: number) => {
    const store = openStore(join(folder, name))
    const executor = queued ? queue(url) : inProcess()
    try {
      return await runSweep(store, await planSweep(store, grid(policies, seeds), 'queued', consentTo(policies)), executor)
    } finally {
      await executor.close()
      store.close()
    }
  }

  test('killed workers and a restarted server lose nothing and change no byte', async () => {
    let server = await startServer(port)
    let stop = false
    const workers = [startWorker(url), startWorker(url)]
    const unrest = (async () => {
      await sleep(4000)
      for (let i = 0; !stop && i < 2; i++) {
        workers[i]!.kill('SIGKILL')
        workers[i] = startWorker(url)
        await sleep(1500)
        if (i === 0) {
          server.kill('SIGKILL') // without a file: it forgets everything
          await sleep(300)
          server = await startServer(port)
        }
      }
    })()
    const policies = ['strawman', 'optimized-strawman', 'flexserve']
    const queued = await run('queued.db', true, policies, 60)
    stop = true
    await unrest
    const serial = await run('serial.db', false, policies, 60)
    assert.equal(queued.result, serial.result)
    assert.is(queued.replayed, 183)
    for (const worker of workers) worker.kill('SIGKILL')
    server.kill('SIGKILL')
  })

  test('a user’s policy travels by its content, and only runs where that was allowed', async () => {
    const server = await startServer(port)
    const strict = startWorker(url)
    assert.match(await faultOf(run('refused.db', true, [module], 1)), /mine\.mjs: .*--allow-policy-code/)
    strict.kill('SIGKILL')
    const open = startWorker(url, '--allow-policy-code')
    const queued = await run('module.db', true, [module], 1)
    assert.equal(queued.result, (await run('module-serial.db', false, [module], 1)).result)
    assert.is(queued.result.cells[0]!.state, 'done')
    open.kill('SIGKILL')
    server.kill('SIGKILL')
  })

  test('a cell that kills whoever replays it is given up after three tries; the others are done', async () => {
    const poison = join(folder, 'poison.mjs')
    writeFileSync(poison, "export default { id: 'poison', summary: 'a test', source: 'a test', memory: 'flex-mem', npu: 'flex-npu', residency: 'release', pipeline: 'layered', scheduler: 'fifo', startup: { factor: 'startup', id: 'poison', version: 1, summary: 's', source: 's', restoreBytes: () => 0, begin: () => process.kill(process.ppid, 'SIGKILL') } }\n")
    const server = await startServer(port)
    let deaths = 0
    let stop = false
    const keepAlive = (): void => {
      const worker = startWorker(url, '--allow-policy-code')
      worker.on('exit', () => {
        if (stop) return
        deaths++
        keepAlive()
      })
    }
    keepAlive()
    assert.match(await faultOf(run('poison.db', true, [poison, 'unprotected', 'strawman', 'flexserve'], 0)), /poison\.mjs: .*given up after 3 tries: /)
    stop = true
    assert.ok(deaths >= 3, `${deaths} workers died`)
    const others = ['unprotected', 'strawman', 'flexserve']
    const kept = await run('poison.db', false, others, 0)
    assert.is(kept.replayed, 0)
    assert.equal(kept.result.cells, (await run('poison-serial.db', false, others, 0)).result.cells)
    for (const child of children) child.kill('SIGKILL')
    server.kill('SIGKILL')
  })

  test('two studies at once on one queue get their own cells', async () => {
    const server = await startServer(port)
    const workers = [startWorker(url), startWorker(url)]
    const [first, second] = await Promise.all([run('first.db', true, ['flexserve'], 20), run('second.db', true, ['strawman', 'flexserve'], 12)])
    assert.equal(first.result, (await run('first-serial.db', false, ['flexserve'], 20)).result)
    assert.equal(second.result, (await run('second-serial.db', false, ['strawman', 'flexserve'], 12)).result)
    for (const worker of workers) worker.kill('SIGKILL')
    server.kill('SIGKILL')
  })

  test('a queue that nobody answers is one line', async () => {
    await run('nobody.db', true, ['strawman'], 0).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /^no queue answers at redis:\/\/127\.0\.0\.1:\d+ .*redis-server/),
    )
  })
}

test.after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
test.run()

function started(child: ChildProcess): ChildProcess {
  children.add(child)
  child.on('error', () => {})
  return child
}

const servers = new Map<number, ChildProcess>()

/** One after the other has a port, and keeps it until it has ended. */
async function startServer(port: number): Promise<ChildProcess> {
  const earlier = servers.get(port)
  if (earlier !== undefined && earlier.exitCode === null && earlier.signalCode === null) {
    earlier.kill('SIGKILL')
    await once(earlier, 'exit')
  }
  const server = started(spawn('redis-server', ['--port', `${port}`, '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1'], { stdio: 'ignore', cwd: folder }))
  servers.set(port, server)
  for (let tries = 0; tries < 100; tries++) {
    if (spawnSync('redis-cli', ['-p', `${port}`, 'ping'], { encoding: 'utf8' }).stdout?.trim() === 'PONG') return server
    await sleep(100)
  }
  throw new Error('redis-server did not start')
}

const startWorker = (url: string, ...more: string[]): ChildProcess => started(spawn(process.execPath, [join(repository, 'bin/dev.js'), 'worker', '--queue', url, '--threads', '1', ...more], { stdio: 'ignore', cwd: folder }))

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
