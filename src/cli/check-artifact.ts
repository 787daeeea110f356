import { readFile } from 'node:fs/promises'
import { BadInput, UsageFault } from '../base/errors.js'
import { inTemporaryFolder } from '../record/temporary-folder.js'
import { openStore } from '../store/store.js'
import { unzipped, type Members } from '../study/artifact/members.js'
import { isSameOutcome, openStudy, otherVersion, unpack } from '../study/artifact/open.js'
import { runCells } from '../study/cells/run-cells.js'
import type { Executor } from '../study/executors/executor.js'
import { consentTo, NO_CODE } from '../study/policy-module/consent.js'
import { inFolder, renderedReport } from './make-artifact.js'
import { version } from './version.js'

/** What `artifact check --json` prints. */
export interface ArtifactCheck {
  readonly schema: 'worldswitch-artifact-check/1'
  readonly file: string
  readonly study: string
  /** Versions: of who made the archive, and of this program. */
  readonly worldswitch: string
  readonly here: string
  readonly cells: number
  readonly sameCells: number
  readonly reportFiles: number
  readonly sameFiles: number
  readonly differences: readonly string[]
}

/** Replays an archive's cells in a store of its own and compares; then its report. Throws `BadInput` (no archive of ours),
 *  `UsageFault` (it brings code along that was not allowed). */
export async function checkArtifact(file: string, executor: Executor, allowsCode: boolean, onProgress: (done: number, total: number) => void): Promise<ArtifactCheck> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new BadInput({ file }, 'an archive that can be read', (error as Error).message)
  })
  const { manifest, members } = unzipped(bytes, file)
  const modules = [...members.keys()].filter((path) => path.startsWith('policies/'))
  if (!allowsCode && modules.length > 0) throw new UsageFault('the archive holds policies’ modules, whose code would run here', 'look at them, then give --allow-policy-code')
  return inTemporaryFolder((folder) =>
    inFolder(folder, async () => {
      await unpack(members, folder)
      const consent = allowsCode ? consentTo(modules) : NO_CODE // to those of the archive, in this folder
      const store = openStore(':memory:')
      try {
        const { study, cells, shelf } = await openStudy(members, store, file)
        const differences: string[] = []
        const versions = new Map<string, string | undefined>()
        for (const { key, order } of cells) {
          const policy = JSON.stringify(order.policy)
          if (!versions.has(policy)) versions.set(policy, await otherVersion(order, key, consent))
        }
        for (const why of new Set(versions.values())) if (why !== undefined) differences.push(why)
        const ran = await runCells(store, cells.map(({ order }) => order), shelf, executor, { onProgress, consent })
        let sameCells = 0
        for (const [i, { key, outcome }] of cells.entries()) {
          const here = store.cells.whole(ran.keys[i]!)
          if (ran.keys[i] === key && here !== null && isSameOutcome(here.outcome, outcome)) sameCells++
          else differences.push(`cell ${key.slice(0, 12)}: ${ran.keys[i] === key ? 'another outcome' : `its key here is ${ran.keys[i]!.slice(0, 12)}`}`)
        }
        const report = compareReport(members, await renderedReport(store, study, consent))
        return { schema: 'worldswitch-artifact-check/1' as const, file, study: study.name, worldswitch: manifest.worldswitch, here: version(), cells: cells.length, sameCells, ...report.counts, differences: [...differences, ...report.differences] }
      } finally {
        store.close()
      }
    }),
  )
}

function compareReport(members: Members, made: ReadonlyMap<string, Uint8Array>): { counts: Pick<ArtifactCheck, 'reportFiles' | 'sameFiles'>; differences: string[] } {
  const packed = [...members.keys()].filter((path) => path.startsWith('report/'))
  const same = packed.filter((path) => made.has(path) && Buffer.compare(made.get(path)!, members.get(path)!) === 0)
  const differences = [...packed.filter((path) => !same.includes(path)).map((path) => `${path}: ${made.has(path) ? 'other bytes' : 'not made here'}`), ...[...made.keys()].filter((path) => !members.has(path)).map((path) => `${path}: made here, not in the archive`)]
  return { counts: { reportFiles: packed.length, sameFiles: same.length }, differences }
}
