import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BadInput } from '../base/errors.js'
import { openStore } from '../store/store.js'
import type { Trace } from '../trace/trace.js'
import { isSwitchKind } from '../trace/words.js'
import { runCell } from './cell.js'
import { resolveDevice } from './device.js'
import { importFile } from './import-file.js'
import { traceSubject } from './subject.js'

const test = suite('recordings on their own machine')

const ours = fileURLToPath(new URL('../../traces/', import.meta.url))
const shared = fileURLToPath(new URL('../../../shared/traces/', import.meta.url))

/** What holds no operators with times, and is refused by every import with its own reason. */
const NO_OPERATORS = /rates|graph without times|world switches|no events|table of the compiler|trace-cmd|cycles|ticks/

const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })

/** The span of what can be replayed; 0 where no start was recorded. */
function recordedNs({ ops, header }: Trace): number {
  let [firstNs, lastNs, hasStarts] = [Infinity, 0, false]
  for (let i = 0; i < ops.length; i++) {
    if (isSwitchKind(ops.kind[i]!)) continue
    firstNs = Math.min(firstNs, ops.startNs[i]!)
    lastNs = Math.max(lastNs, ops.startNs[i]! + ops.durationNs[i]!)
    hasStarts ||= header.ruleSets[ops.rules[i]!]!['startNs'] === undefined
  }
  return hasStarts ? lastNs - firstNs : 0
}

/** Replays each file under `unprotected` with everything resident on its own machine; returns a row for each with recorded starts. */
async function makespans(paths: readonly string[], root: string): Promise<{ file: string; recorded: number; replayed: number; carried: number }[]> {
  const device = await resolveDevice('recording')
  const store = openStore(':memory:')
  const rows = []
  try {
    for (const path of paths) {
      let trace: Trace
      try {
        trace = store.load((await importFile(store, path)).hash)
      } catch (error) {
        if (error instanceof BadInput && NO_OPERATORS.test(error.message)) continue
        throw error
      }
      if (trace.ops.kind.every(isSwitchKind) || recordedNs(trace) === 0) continue
      const { replayed, result } = await runCell({ subject: traceSubject(trace), policy: 'unprotected', device, initial: { cached: 1, protection: false }, seed: 1, samples: 0 })
      rows.push({ file: relative(root, path), recorded: recordedNs(trace), replayed: replayed.schedule.endNs, carried: result.shares.result.carriedNs + result.shares.result.predictedNs })
    }
  } finally {
    store.close()
  }
  return rows
}

const hold = (rows: readonly { file: string; recorded: number; replayed: number; carried: number }[]): void => {
  for (const { file, recorded, replayed, carried } of rows) {
    console.log(`${file}: recorded ${(recorded / 1e6).toFixed(3)} ms, replayed ${(replayed / 1e6).toFixed(3)} ms (${((replayed / recorded - 1) * 100).toFixed(2)} %)`)
    assert.ok(Math.abs(replayed / recorded - 1) <= 0.01, `${file}: ${recorded} ns recorded, ${replayed} ns replayed`)
    assert.is(carried, 0, `${file}: all of it was recorded here`)
  }
}

test('our own recordings take their recorded time, unprotected and with everything resident', async () => {
  const rows = await makespans(files(ours).filter((path) => /\.trace\.jsonl(\.gz)?$/.test(path)), ours)
  assert.is(rows.length, 2)
  hold(rows)
})

test('so do all shared recordings with recorded starts', async () => {
  if (!existsSync(shared)) return console.log('skipped: ../shared/traces is not here')
  const rows = await makespans(files(shared).filter((path) => !path.endsWith('PROVENANCE.md')), shared)
  assert.ok(rows.length >= 9, `${rows.length} recordings with starts`)
  hold(rows)
})

test.run()
