import { startWorker } from '../../study/worker.js'
import { mutated } from './mutate.js'
import { fuzzSeeds } from './seeds.js'
import type { FuzzWord, FuzzWork } from './worker.js'

const LOOK_MS = 200
/** Of the processor's time, not of the clock's: on a machine that sleeps or is busy with others nothing hangs. */
const HANG_CPU_MS = 2000
/** For a worker that waits for ever: looks without a beat, a minute's worth. */
const HANG_LOOKS = 300
export const MAX_RSS = 512 << 20

export interface Fault {
  readonly format: string
  readonly run: number
  readonly fault: string
  readonly bytes: Uint8Array
}

export interface FuzzResult {
  readonly runs: number
  /** Of the process, the worker in it. */
  readonly peakBytes: number
  readonly faults: readonly Fault[]
}

/** Gives every importer so many mutated inputs in a worker thread. A worker whose event loop stands still for 2 s hangs:
 *  it is stopped, the input is a fault, and another one goes on behind it. */
export async function runFuzz(formats: readonly string[], runs: number, seed: number, onFault: (fault: Fault) => void = () => {}): Promise<FuzzResult> {
  const faults: Fault[] = []
  const note = (fault: Fault): void => {
    faults.push(fault)
    onFault(fault)
  }
  let left = [...formats]
  let from = 0
  let done = 0
  let peakBytes = 0
  while (left.length > 0) {
    const ended = await oneWorker({ formats: left, runs, seed, from }, note)
    done += ended.runs
    peakBytes = Math.max(peakBytes, ended.peakBytes)
    if (ended.stopped === undefined) break
    const { index, run, why } = ended.stopped
    const format = left[index]!
    const seeds = fuzzSeeds()
    const own = seeds.get(format)!
    note({ format, run, fault: why, bytes: mutated(own[run % own.length]!, [...seeds.values()].flat(), seed, `${format} ${run}`) })
    left = left.slice(index)
    from = run + 1
  }
  return { runs: done, peakBytes, faults }
}

interface Ended {
  readonly runs: number
  readonly peakBytes: number
  readonly stopped?: { readonly index: number; readonly run: number; readonly why: string }
}

function oneWorker(work: Omit<FuzzWork, 'beat'>, note: (fault: Fault) => void): Promise<Ended> {
  const shared = new SharedArrayBuffer(12)
  const beat = new Int32Array(shared)
  return new Promise((resolve, reject) => {
    const worker = startWorker('worker', import.meta.url, { workerData: { ...work, beat: shared }, resourceLimits: { maxOldGenerationSizeMb: 480 } })
    let last = -1
    let still = 0
    let beganCpuMs = cpuMs()
    let peakBytes = 0
    const where = (): { index: number; run: number } => ({ index: Atomics.load(beat, 1), run: Atomics.load(beat, 2) })
    let answer: Ended | undefined
    const look = setInterval(() => {
      const now = Atomics.load(beat, 0)
      const rss = process.memoryUsage.rss()
      peakBytes = Math.max(peakBytes, rss)
      still = now === last ? still + 1 : 0
      if (still === 0) beganCpuMs = cpuMs()
      last = now
      const why = last > 0 && (still > HANG_LOOKS || (still > 0 && cpuMs() - beganCpuMs > HANG_CPU_MS)) ? 'hangs: its event loop stood still for 2 s' : rss > MAX_RSS ? `takes ${rss >> 20} MiB` : undefined
      if (why === undefined || answer !== undefined) return
      answer = { runs: 0, peakBytes, stopped: { ...where(), why } }
      void worker.terminate()
    }, LOOK_MS)
    worker.on('message', (word: FuzzWord) => {
      if (word.what === 'fault') note({ format: word.format, run: word.run, fault: word.fault, bytes: word.bytes })
      else if (word.what === 'done') answer = { runs: word.runs, peakBytes: Math.max(peakBytes, word.peakBytes) }
    })
    worker.on('error', (error) => {
      if (last <= 0) {
        clearInterval(look)
        reject(error)
      } else answer ??= { runs: 0, peakBytes, stopped: { ...where(), why: `ends its thread: ${error.message}` } }
    })
    worker.on('exit', () => {
      clearInterval(look)
      if (answer !== undefined) resolve(answer)
      else reject(new Error('the worker ended without a word'))
    })
  })
}

/** Of this process, the worker in it. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
