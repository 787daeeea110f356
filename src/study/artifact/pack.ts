import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { strToU8 } from 'fflate'
import { BadInput, UsageFault } from '../../base/errors.js'
import { deviceOf } from '../../device/devices.js'
import { exportTrace } from '../../formats/index.js'
import type { Store } from '../../store/store.js'
import type { CellOrder } from '../cells/order.js'
import type { Shelf, ShelfItem } from '../cells/shelf.js'
import { resolveDevice } from '../device.js'
import { holdConsent, isModuleReference, NO_CODE, type Consent } from '../policy-module/consent.js'
import { resolveSubject } from '../resolve-subject.js'
import { planSweep } from '../sweep/sweep.js'
import type { Grid } from '../sweep/grid.js'
import { shippedNames, shippedWorkload } from '../workload-file.js'
import { workloadHash } from '../../trace/workload-hash.js'
import { digest } from './members.js'
import { modulePath, orderWithFile, withFile, withNames } from './references.js'

/** A study as an archive keeps it; names of files are those of its members. */
export interface PackedStudy {
  readonly name: string
  readonly kind: string
  readonly spec: unknown
  readonly keys: readonly string[]
}

/** All of a study but its report: how it was asked, every cell with its outcome, what was replayed, devices, policies' modules.
 *  `profiles`: files of devices that are not built in. `consent`: to modules that the study names, which may have come into the
 *  store with another's. Throws `UsageFault`, `BadInput`: something is not there any more, or not allowed. */
export async function packStudy(store: Store, reference: string, profiles: readonly string[] = [], consent: Consent = NO_CODE): Promise<{ study: PackedStudy; members: Map<string, Uint8Array> }> {
  const { name, kind } = store.studies.find(reference)
  const keys = store.studies.keys(reference)
  const spec = store.studies.spec(reference)
  const distinct = [...new Set(keys)].sort()
  const cells = distinct.map((key) => {
    const cell = store.cells.whole(key)
    if (cell === null) throw new UsageFault(`cell ${key.slice(0, 12)} of study ${name} is not in the store`, 'run the study again: what is stored is not replayed')
    return { key, order: cell.order as CellOrder, outcome: cell.outcome }
  })
  const members = new Map<string, Uint8Array>()
  const json = (path: string, value: unknown): void => void members.set(path, strToU8(`${JSON.stringify(value, null, 2)}\n`))

  const modules = new Map<string, string>()
  for (const file of new Set(cells.flatMap(({ order }) => order.policy.file ?? []))) {
    if (!isModuleReference(file)) throw new BadInput({ file }, 'the module of a policy: .mjs or .js', file)
    holdConsent(file, consent)
    const content = await readFile(file).catch(() => {
      throw new BadInput({ file }, 'the module of a policy of this study', undefined, 'put it back where it was')
    })
    const hash = digest(content)
    const path = modulePath(file, hash)
    modules.set(resolve(file), path)
    members.set(path, content)
    for (const { order } of cells)
      if (order.policy.file === file && !order.policy.id.includes(`#${hash.slice(0, 12)}`)) throw new BadInput({ file }, `the module that the study was made with (${order.policy.id})`, 'another content', 'put it back, or run the study again')
  }
  const devices = new Map<string, string>()
  const files = [...profiles, ...(await filesIn(spec, /\.json$/))]
  for (const id of new Set(cells.map(({ order }) => order.device.id))) {
    const file = await profileFile(id, files)
    const { profile } = await resolveDevice(file ?? id)
    if (file !== undefined) devices.set(resolve(file), `devices/${id}.json`)
    json(`devices/${id}.json`, profile)
  }
  const names = new Map([...modules, ...devices])
  for (const [hash, item] of await shelfOf(store, kind, spec, cells, consent)) {
    if ('trace' in item) members.set(`traces/${hash}.trace.jsonl`, strToU8([...exportTrace(item.trace)].join('')))
    else json(`workloads/${hash}.workload.json`, item.workload)
  }
  const study: PackedStudy = { name, kind, spec: withNames(await withHashes(store, kind, spec), (text) => withFile(text, names)), keys }
  json('study.json', study)
  members.set('cells.jsonl', strToU8(cells.map(({ key, order, outcome }) => `${JSON.stringify({ key, order: orderWithFile(order, modules), outcome })}\n`).join('')))
  return { study, members }
}

async function profileFile(id: string, profiles: readonly string[]): Promise<string | undefined> {
  for (const file of profiles) if ((await resolveDevice(file).catch(() => undefined))?.profile.id === id) return file
  if (deviceOf(id) !== undefined) return undefined
  throw new UsageFault(`device ${id} is a profile of yours`, 'name its file: --device FILE')
}

/** What the cells replay. A sweep made some of it itself; all else is stored or shipped. */
export async function shelfOf(store: Store, kind: string, spec: unknown, cells: readonly { readonly order: CellOrder }[], consent: Consent): Promise<Shelf> {
  const shipped = await Promise.all((await shippedNames()).map(shippedWorkload))
  const shelf = new Map<string, ShelfItem>(kind === 'sweep' ? (await planSweep(store, spec as Grid, 'study.json', consent)).maker.shelf : [])
  for (const { order } of cells) {
    if (shelf.has(order.subject)) continue
    const { profile } = await resolveDevice(deviceOf(order.device.id) === undefined ? 'rk3588-nanopc-t6' : order.device.id)
    const workload = shipped.find((one) => workloadHash(one) === order.subject)
    const subject = workload === undefined ? await resolveSubject(store, order.subject, profile) : { trace: undefined, workload }
    shelf.set(order.subject, subject.trace !== undefined ? { trace: subject.trace } : { workload: subject.workload!, device: profile })
  }
  return new Map([...shelf].filter(([hash]) => cells.some(({ order }) => order.subject === hash)))
}

/** Texts of a specification that name files with such an ending. */
async function filesIn(spec: unknown, ending: RegExp): Promise<string[]> {
  const texts = new Set<string>()
  withNames(spec, (text) => (texts.add(text), text))
  const files: string[] = []
  for (const text of texts) if (/[/\\.]/.test(text) && ending.test(text) && (await stat(text).then((found) => found.isFile(), () => false))) files.push(text)
  return files
}

/** A grid whose traces are files names them by their content instead. */
async function withHashes(store: Store, kind: string, spec: unknown): Promise<unknown> {
  if (kind !== 'sweep') return spec
  const hashes = new Map<string, string>()
  for (const text of await filesIn(spec, /(?<!\.m?js)$/)) {
    const subject = await resolveSubject(store, text, (await resolveDevice('rk3588-nanopc-t6')).profile).catch(() => undefined)
    if (subject !== undefined) hashes.set(text, subject.hash)
  }
  return withNames(spec, (text) => hashes.get(text) ?? text)
}
