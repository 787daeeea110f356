import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { strToU8 } from 'fflate'
import { inTemporaryFolder } from '../record/temporary-folder.js'
import { ENGINE_VERSION } from '../replay/engine.js'
import { openStore, type Store } from '../store/store.js'
import { studyAgain } from '../study/artifact/again.js'
import { digest, zipped, type Manifest } from '../study/artifact/members.js'
import { openStudy, recordOf, unpack } from '../study/artifact/open.js'
import { packStudy, type PackedStudy } from '../study/artifact/pack.js'
import { inProcess } from '../study/executors/in-process.js'
import { consentTo, NO_CODE, textsIn, type Consent } from '../study/policy-module/consent.js'
import { expand } from '../study/sweep/expand.js'
import { checkGrid } from '../study/sweep/read-grid.js'
import { artifactCitation, artifactReadme, checkCommand } from './artifact-texts.js'
import { fileName } from './file-name.js'
import { writeAgain } from './report-again.js'
import { version } from './version.js'

/** The archive of a study. Its report is made from what is in the archive alone, as whoever checks it does. `allowsCode`: modules
 *  that the study names may be evaluated; a stored study may be another's. Throws as `packStudy`. */
export async function makeArtifact(store: Store, reference: string, path: string, profiles: readonly string[], allowsCode = false): Promise<{ bytes: Uint8Array; manifest: Manifest; hash: string }> {
  const { hash } = store.studies.find(reference)
  const { study, members } = await packStudy(store, reference, profiles, allowsCode ? consentTo(textsIn(store.studies.spec(reference))) : NO_CODE)
  for (const [name, content] of await reportOf(members, path, allowsCode)) members.set(name, content)
  const about = { study, fileName: `${fileName(study.name)}.artifact.zip`, version: version(), engine: ENGINE_VERSION, seeds: seedsOf(study), hash, members: [...members.keys()] }
  members.set('README.md', strToU8(artifactReadme(about)))
  members.set('CITATION.cff', strToU8(artifactCitation(about)))
  const { bytes, manifest } = zipped(members, { worldswitch: about.version, engine: ENGINE_VERSION, study: { name: study.name, kind: study.kind, cells: new Set(study.keys).size }, seeds: about.seeds })
  return { bytes, manifest, hash: digest(bytes) }
}

/** The report's files, made in a store of the archive's own with its cells. */
async function reportOf(members: ReadonlyMap<string, Uint8Array>, path: string, allowsCode: boolean): Promise<Map<string, Uint8Array>> {
  return inTemporaryFolder((folder) =>
    inFolder(folder, async () => {
      await unpack(members, folder)
      const own = openStore(':memory:')
      try {
        const opened = await openStudy(members, own, path)
        own.cells.putAll(opened.cells.map(recordOf))
        return await renderedReport(own, opened.study, allowsCode ? consentTo([...members.keys()].filter((name) => name.startsWith('policies/'))) : NO_CODE)
      } finally {
        own.close()
      }
    }),
  )
}

/** A study's report as an archive has it, from a store that holds its cells. In the folder where the archive is unpacked. */
export async function renderedReport(store: Store, study: PackedStudy, consent: Consent): Promise<Map<string, Uint8Array>> {
  const executor = inProcess()
  const again = await studyAgain(store, study, executor, consent).finally(() => executor.close())
  const files = new Map<string, Uint8Array>()
  for (const path of await writeAgain(again, 'report-again', checkCommand(`${fileName(study.name)}.artifact.zip`))) files.set(`report/${basename(path)}`, await readFile(path))
  return files
}

/** Names in an archive are relative to where it lies. */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.cwd()
  process.chdir(folder)
  try {
    return await work()
  } finally {
    process.chdir(before)
  }
}

/** What the study's draws follow from. */
function seedsOf({ kind, spec }: PackedStudy): number[] {
  const seeds = kind === 'sweep' ? expand(checkGrid(spec, 'study.json'), 'study.json').map((point) => point['seed']) : [(spec as { seed?: unknown }).seed]
  return [...new Set(seeds)].filter((seed) => typeof seed === 'number').sort((a, b) => a - b)
}
