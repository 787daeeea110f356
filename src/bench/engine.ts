import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uniformStream } from '../base/random.js'
import { costsOf } from '../device/costs.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { modelOf } from '../model/models.js'
import { quantisationOf } from '../model/quantisation.js'
import { policyOf } from '../policies/policies.js'
import { runTasks, type Schedule } from '../replay/engine.js'
import { replay } from '../replay/replay.js'
import { attribute } from '../replay/attribute.js'
import { CPU, FLASH, KERNEL, MONITOR, NPU, type Servers } from '../run/resources.js'
import { TaskWriter, rank, type TaskGraph } from '../run/tasks.js'
import { synthesise } from '../synth/synth.js'
import { dependenciesOf } from '../testing/dependencies.js'
import { spread } from './pairs.js'

const OPS = 1_000_000
const ROUNDS = 9
const SERVERS: Servers = [4, 1, 1, 1, 1, 0]

/** The engine's core on 1 M ops (2.65 tasks an op) against the same algorithm in C; then a whole replay. */
export async function run(): Promise<void> {
  const graph = randomOps(OPS)
  console.log(`engine: ${OPS / 1e6} M ops, ${graph.tasks.length} tasks, ${graph.edges.count} dependencies`)
  againstC(graph)
  wholeReplay()
}

function againstC(graph: TaskGraph): void {
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    const c = compiled(folder)
    if (c === undefined) {
      console.log('  SKIPPED against C: gcc is not installed')
      timed('engine', () => void runTasks(graph, SERVERS))
      return
    }
    const file = join(folder, 'graph')
    writeGraph(graph, file)
    const js: number[] = []
    const native: number[] = []
    for (let round = -2; round < ROUNDS; round++) {
      const began = performance.now()
      const schedule = runTasks(graph, SERVERS)
      const took = performance.now() - began
      const [ns = '', sum = ''] = execFileSync(c, [file, '1'], { encoding: 'utf8' }).trim().split(' ')
      if (BigInt(sum) !== checksum(schedule)) throw new Error('C and JavaScript made different schedules')
      if (round < 0) continue
      js.push(took)
      native.push(Number(ns) / 1e6)
    }
    const say = (label: string, values: number[]): void => {
      const { median, min, max } = spread(values)
      console.log(`  ${label.padEnd(12)} ${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)}), ${(OPS / median / 1e3).toFixed(1)} M ops/s`)
    }
    say('C -O2', native)
    say('worldswitch', js)
    const { median, min, max } = spread(native.map((ms, i) => ms / js[i]!))
    console.log(`  speed of C's: ${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)}, ${ROUNDS} pairs), schedules equal`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compiled(folder: string): string | undefined {
  const source = fileURLToPath(new URL('engine.c', import.meta.url))
  const program = join(folder, 'engine')
  return spawnSync('gcc', ['-O2', '-std=c11', '-D_POSIX_C_SOURCE=199309L', '-o', program, source], { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0 ? program : undefined
}

/** Llama-3.1-8B int8, prompt 128, 256 tokens, under flexserve: lowering, engine and attribution. */
function wholeReplay(): void {
  const trace = synthesise({ model: modelOf('llama-3.1-8b')!, quant: quantisationOf('int8')!, device: nanopcT6, promptTokens: 128, outputTokens: 256 })
  const setting = { trace, policy: policyOf('flexserve'), costs: costsOf(nominal(nanopcT6), defaultChoices(nanopcT6)), pressureBytes: 8 * 2 ** 30 }
  const { plan } = replay(setting)
  console.log(`whole replay of ${trace.header.name} under flexserve: ${trace.ops.length} ops, ${plan.graph.tasks.length} tasks`)
  timed('engine alone', () => void runTasks(plan.graph, plan.servers), trace.ops.length)
  timed('replay', () => void replay(setting), trace.ops.length)
  timed('and attribution', () => {
    const replayed = replay(setting)
    attribute(trace, replayed.plan, replayed.schedule)
  }, trace.ops.length)
}

function timed(label: string, work: () => void, ops = OPS): void {
  work()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now()
    work()
    times.push(performance.now() - began)
  }
  const { median, min, max } = spread(times)
  console.log(`  ${label.padEnd(16)} ${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)}), ${(ops / median / 1e3).toFixed(2)} M ops/s`)
}

/** A seeded graph in the mix of a replay: compute in order, restored pieces of some ops ahead of it, calls under a lock. */
export function randomOps(ops: number): TaskGraph {
  const next = uniformStream(1, 'bench')
  const write = new TaskWriter()
  let before = -1
  for (let i = 0; i < ops; i++) {
    const u = next()
    const layer = Math.floor(i / 12) % 64
    write.step = Math.min(200_000, Math.floor(i / 768))
    let weights = -1
    if (u < 0.55) {
      const pages = write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: 1000 + 500 * next(), layer })
      const read = write.add({ cause: 'flash-read', mask: FLASH, rank: rank.issue, durationNs: 1500 + 200 * next(), layer }, pages)
      weights = write.add({ cause: 'decrypt', mask: u < 0.1 ? CPU | MONITOR : CPU, rank: rank.decrypt, durationNs: 900 * next(), layer }, read)
    }
    before = write.add({ cause: 'compute', mask: u < 0.5 ? NPU : CPU, rank: rank.compute, durationNs: 1000 * next(), layer }, before, weights)
  }
  return write.finish()
}

function writeGraph(graph: TaskGraph, file: string): void {
  const { tasks } = graph
  const { first, to } = dependenciesOf(graph)
  const bytes = (array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  const parts = [Int32Array.of(tasks.length, to.length, ...SERVERS), tasks.durationNs, tasks.priority, tasks.notBeforeNs, first, to, tasks.mask].map(bytes)
  writeFileSync(file, Buffer.concat(parts))
}

function checksum({ startNs, holder }: Schedule): bigint {
  const modulus = 9007199254740881n
  let sum = 0n
  for (let t = 0; t < startNs.length; t++) sum = (sum * 31n + BigInt(startNs[t]!) * 7n + BigInt(holder[t]! + 1)) % modulus
  return sum
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run()
