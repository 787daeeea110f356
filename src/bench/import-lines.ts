/** Import of the interchange (JSON Lines) into the store against the bytes alone. `node bin/bench.js import-lines`;
 *  WORLDSWITCH_BENCH_PAIRS is how many rounds. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { exportTrace } from '../formats/index.js'
import { modelOf } from '../model/models.js'
import { quantisationOf } from '../model/quantisation.js'
import { synthesise } from '../synth/synth.js'
import { writeTexts } from './import.js'
import { build, bytesOnce, importOnce, reportRuns, type Measured } from './one-import.js'

export async function run(): Promise<void> {
  build()
  const folder = mkdtempSync(join(tmpdir(), 'worldswitch-bench-'))
  try {
    const path = join(folder, 'ops.trace.jsonl')
    const trace = synthesise({ model: modelOf('llama-3.1-8b')!, quant: quantisationOf('int8')!, device: nanopcT6, promptTokens: 128, outputTokens: 2816 })
    writeTexts(path, exportTrace(trace))
    const reads: Measured[] = []
    const bytes: Measured[] = []
    importOnce(path, join(folder, 'a.db'))
    for (let round = 0; round < Number(process.env['WORLDSWITCH_BENCH_PAIRS'] ?? 9); round++) {
      bytes.push({ ...bytesOnce(path), count: trace.ops.length })
      reads.push(importOnce(path, join(folder, 'a.db')))
    }
    const { size } = statSync(path)
    console.log(`JSON Lines: ${trace.ops.length} ops, ${(size / 1e6).toFixed(0)} MB`)
    reportRuns('the bytes alone', bytes, size, 'ops')
    reportRuns('import into the store', reads, size, 'ops')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
