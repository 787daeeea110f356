/** Import of a PyTorch profile into the store (scan, joins, sort, encoding, content hash, commit), on one thread, against
 *  `readFile` + `JSON.parse` of the same file, which gives no more than objects, against the bytes alone and, with
 *  WORLDSWITCH_BENCH_RIVALS=1, against other tools that load such files. Three files: with stacks and shapes, as the profiler writes
 *  them when nothing is asked of it, and that without blanks. All sides run in turns. `node bin/bench.js import`; WORLDSWITCH_BENCH_BYTES sets the size of the first
 *  file (from 512 MB on JSON.parse cannot hold it and only the import runs), WORLDSWITCH_BENCH_PAIRS how many rounds. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kinetoText } from '../testing/trace-kineto-file.js'
import { plainKinetoText } from '../testing/trace-kineto-plain.js'
import { build, bytesOnce, described, importOnce, parseOnce, reportRuns, type Measured } from './one-import.js'
import { spread } from './pairs.js'
import { installRivals, type Rival } from './rivals.js'

/** Of V8's strings. */
const PARSE_LIMIT = 512e6

export async function run(bytes = Number(process.env['WORLDSWITCH_BENCH_BYTES'] ?? 174e6), rounds = Number(process.env['WORLDSWITCH_BENCH_PAIRS'] ?? 9)): Promise<void> {
  build()
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    const rivals = process.env['WORLDSWITCH_BENCH_RIVALS'] === '1' ? installRivals(join(folder, 'rivals')) : []
    const path = join(folder, 'kineto.json')
    writeTexts(path, kinetoText(bytes))
    if (bytes >= PARSE_LIMIT) return alone(path, join(folder, 'a.db'), Math.min(rounds, 3))
    compared('with stacks and shapes', path, join(folder, 'a.db'), rounds, rivals)
    writeTexts(path, plainKinetoText(bytes / 174))
    compared('plain', path, join(folder, 'a.db'), rounds, rivals)
    writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(path, 'utf8'))))
    compared('plain, without blanks', path, join(folder, 'a.db'), rounds, rivals)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function compared(label: string, path: string, storePath: string, rounds: number, rivals: readonly Rival[]): void {
  importOnce(path, storePath)
  const runs = { bytes: [] as Measured[], parse: [] as Measured[], read: [] as Measured[], rivals: rivals.map(() => [] as Measured[]) }
  const sides: readonly (() => unknown)[] = [() => runs.bytes.push(bytesOnce(path)), () => runs.parse.push(parseOnce(path)), () => runs.read.push(importOnce(path, storePath))]
  for (let round = 0; round < rounds; round++) {
    for (let side = 0; side < sides.length; side++) sides[(side + round) % sides.length]!()
    if (round % 3 === 0) rivals.forEach((rival, i) => runs.rivals[i]!.push(rival.run(path)))
  }
  const { size } = statSync(path)
  const { count } = runs.parse[0]!
  const events = (all: readonly Measured[]): Measured[] => all.map((one) => ({ ...one, count }))
  console.log(`import, ${label}: ${(size / 1e6).toFixed(0)} MB, ${count} events, ${runs.read[0]!.count} ops`)
  reportRuns('the bytes alone', events(runs.bytes), size)
  reportRuns('readFile + JSON.parse', events(runs.parse), size)
  rivals.forEach(({ name }, i) => reportRuns(name, events(runs.rivals[i]!), size))
  reportRuns('import into the store', events(runs.read), size)
  const over = (of: keyof Measured, side: readonly Measured[]): string => described(spread(side.map((one, i) => one[of] / runs.read[i]![of])), 2)
  console.log(`  JSON.parse / import: times ${over('ms', runs.parse)}, processor times ${over('cpuMs', runs.parse)}; import / bytes alone ${(1 / spread(runs.bytes.map(({ ms }, i) => ms / runs.read[i]!.ms)).median).toFixed(1)}`)
  rivals.forEach(({ name }, i) => console.log(`  ${name} / import: ${(spread(runs.rivals[i]!.map(({ ms }) => ms)).median / spread(runs.read.map(({ ms }) => ms)).median).toFixed(1)}`))
}

function alone(path: string, storePath: string, rounds: number): void {
  const { size } = statSync(path)
  for (const threads of [1, 2]) {
    const runs = Array.from({ length: rounds }, () => importOnce(path, storePath, threads))
    reportRuns(`import of ${(size / 1e9).toFixed(1)} GB, threads: ${threads}`, runs, size, 'ops')
  }
  reportRuns('the bytes alone', [bytesOnce(path)], size, 'bytes')
}

/** Writes a text that comes in pieces. */
export function writeTexts(path: string, texts: Iterable<string>): void {
  const file = openSync(path, 'w')
  try {
    for (const text of texts) writeSync(file, text)
  } finally {
    closeSync(file)
  }
}
