import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { mutated } from './mutate.js'
import { fuzzSeeds } from './seeds.js'
import { FuzzSubject } from './subject.js'

/** What the worker is to do, and the counter that it moves while it lives. */
export interface FuzzWork {
  readonly formats: readonly string[]
  readonly runs: number
  readonly seed: number
  /** The first run of the first format: behind one that had to be stopped. */
  readonly from: number
  readonly beat: SharedArrayBuffer
}

export type FuzzWord =
  | { readonly what: 'begun'; readonly format: string; readonly run: number }
  | { readonly what: 'fault'; readonly format: string; readonly run: number; readonly fault: string; readonly bytes: Uint8Array }
  | { readonly what: 'done'; readonly runs: number; readonly peakBytes: number }

const work = workerData as FuzzWork
const beat = new Int32Array(work.beat)
const port = parentPort!
const say = (word: FuzzWord): void => port.postMessage(word)
setInterval(() => Atomics.add(beat, 0, 1), 100).unref()

const subject = new FuzzSubject(mkdtempSync(join(tmpdir(), 'worldswitch-fuzz-')))
const seeds = fuzzSeeds()
const all = [...seeds.values()].flat()
let runs = 0
let peakBytes = 0
for (const [index, format] of work.formats.entries()) {
  const own = seeds.get(format)!
  for (let run = index === 0 ? work.from : 0; run < work.runs; run++) {
    // Where the parent finds the run that hangs: it is told of it before it begins.
    Atomics.store(beat, 1, index)
    Atomics.store(beat, 2, run)
    Atomics.add(beat, 0, 1)
    const bytes = mutated(own[run % own.length]!, all, work.seed, `${format} ${run}`)
    const fault = await subject.fault(format, bytes, run)
    if (fault !== undefined) say({ what: 'fault', format, run, fault, bytes })
    runs++
    if (run % 64 === 0) {
      peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
subject.close()
say({ what: 'done', runs, peakBytes })
process.exit(0)
