/** What a second scanning thread gains an import, against what two processes gain that import the same file each: the machine's
 *  own limit. `node bin/bench.js import-threads`; WORLDSWITCH_BENCH_BYTES is the size, WORLDSWITCH_BENCH_PAIRS how many rounds. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kinetoText } from '../testing/trace-kineto-file.js'
import { writeTexts } from './import.js'
import { build, described, importBeside, importOnce, reportRuns, type Measured } from './one-import.js'
import { spread } from './pairs.js'

export async function run(): Promise<void> {
  const rounds = Number(process.env['WORLDSWITCH_BENCH_PAIRS'] ?? 5)
  build()
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    for (const bytes of [process.env['WORLDSWITCH_BENCH_BYTES'] ?? [174e6, 900e6]].flat()) {
      const path = join(folder, 'kineto.json')
      writeTexts(path, kinetoText(Number(bytes)))
      await measured(path, folder, rounds)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measured(path: string, folder: string, rounds: number): Promise<void> {
  const [a, b] = [join(folder, 'a.db'), join(folder, 'b.db')]
  const one: Measured[] = []
  const two: Measured[] = []
  const processes: Measured[] = []
  importOnce(path, a)
  for (let round = 0; round < rounds; round++) {
    one.push(importOnce(path, a))
    two.push(importOnce(path, a, 2))
    const both = await Promise.all([importBeside(path, a), importBeside(path, b)])
    processes.push(both[0].ms > both[1].ms ? both[0] : both[1])
  }
  const { size } = statSync(path)
  console.log(`second thread: ${(size / 1e6).toFixed(0)} MB`)
  reportRuns('one thread', one, size, 'ops')
  reportRuns('two threads', two, size, 'ops')
  reportRuns('each of two processes', processes, size, 'ops')
  const gain = spread(one.map(({ ms }, i) => ms / two[i]!.ms))
  const limit = spread(one.map(({ ms }, i) => (2 * ms) / processes[i]!.ms))
  console.log(`  gain of two threads ${described(gain, 2)}, of two processes ${described(limit, 2)}: ${(gain.median / limit.median).toFixed(2)} of it`)
}
