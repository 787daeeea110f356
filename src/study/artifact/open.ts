import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { strFromU8 } from 'fflate'
import { canonicalJson } from '../../base/canonical.js'
import { BadInput } from '../../base/errors.js'
import { checkWorkload } from '../../trace/check-workload.js'
import { workloadHash } from '../../trace/workload-hash.js'
import type { CellOutcome } from '../../run/outcome.js'
import type { CellRecord } from '../../store/cells.js'
import type { Store } from '../../store/store.js'
import { orderFault } from '../cells/order-schema.js'
import { cellKey, policyOrder, type CellOrder, type KeyedOrder } from '../cells/order.js'
import type { ShelfItem } from '../cells/shelf.js'
import { resolveDevice } from '../device.js'
import { importFile } from '../import-file.js'
import { fileOf, isModuleReference, textsIn, type Consent } from '../policy-module/consent.js'
import { resolvePolicy } from '../policy-module/resolve.js'
import { digest, type Members } from './members.js'
import type { PackedStudy } from './pack.js'
import { modulePath } from './references.js'
import { checkedStudy } from './study-schema.js'

/** An archive's study, unpacked and ready to be replayed. */
export interface OpenStudy {
  readonly study: PackedStudy
  readonly cells: readonly (KeyedOrder & { readonly outcome: CellOutcome })[]
  readonly shelf: ReadonlyMap<string, ShelfItem>
}

/** Members as files below `folder`; their paths are known ones (`unzipped`). */
export async function unpack(members: Members, folder: string): Promise<void> {
  for (const [path, content] of members) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

/** Puts what was replayed into `store`, from the working folder, where the archive was unpacked. Throws `BadInput`: something is
 *  not what its hash says. */
export async function openStudy(members: Members, store: Store, file: string): Promise<OpenStudy> {
  const text = (path: string): string => strFromU8(members.get(path)!)
  const study = checkedStudy(parsed(text('study.json'), file, 'study.json'), file)
  const cells = text('cells.jsonl').split('\n').filter((line) => line !== '').map((line, i) => checked(isCell, line, file, `cells.jsonl:${i + 1}`, 'a cell: key, order and outcome'))
  for (const [i, { key, order }] of cells.entries()) {
    const fault = orderFault({ key, order })
    if (fault !== undefined) throw new BadInput({ file, field: `cells.jsonl:${i + 1}` }, 'a cell that this version can replay', fault, 'another version of worldswitch may have made it')
  }
  refuseForeignCode(study, cells, members, file)
  const shelf = new Map<string, ShelfItem>()
  for (const path of members.keys()) {
    const hash = /^(?:traces|workloads)\/([0-9a-f]{64})\./.exec(path)?.[1]
    if (hash === undefined) continue
    const is = (found: string): void => {
      if (found !== hash) throw new BadInput({ file, field: path }, `content with hash ${hash.slice(0, 12)}`, found.slice(0, 12))
    }
    if (path.startsWith('traces/')) {
      is((await importFile(store, path)).hash)
      shelf.set(hash, { trace: store.load(hash) })
    } else {
      const workload = checkWorkload(JSON.parse(await readFile(path, 'utf8')), path)
      is(workloadHash(workload))
      await store.workloads.put(workload)
      const of = cells.find(({ order }) => order.subject === hash)
      if (of !== undefined) shelf.set(hash, { workload, device: (await resolveDevice(`devices/${of.order.device.id}.json`)).profile })
    }
  }
  const missing = cells.find(({ order }) => !shelf.has(order.subject))
  if (missing !== undefined) throw new BadInput({ file, field: `cell ${missing.key.slice(0, 12)}` }, 'its trace or workload in the archive', 'none')
  return { study, cells, shelf }
}

function parsed(text: string, file: string, field: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadInput({ file, field }, 'JSON', text.slice(0, 40))
  }
}

function checked<T>(is: (value: unknown) => value is T, text: string, file: string, field: string, expected: string): T {
  const value = parsed(text, file, field)
  if (!is(value)) throw new BadInput({ file, field }, expected, value)
  return value
}

const has = (value: unknown, shape: Readonly<Record<string, string>>): boolean =>
  typeof value === 'object' && value !== null && Object.entries(shape).every(([name, type]) => {
    const found = (value as Record<string, unknown>)[name]
    return type === 'array' ? Array.isArray(found) : found !== null && typeof found === type
  })

function isCell(value: unknown): value is OpenStudy['cells'][number] {
  if (!has(value, { key: 'string', order: 'object', outcome: 'object' })) return false
  const { order, outcome } = value as OpenStudy['cells'][number]
  return (
    has(order, { subject: 'string', policy: 'object', device: 'object', pressureBytes: 'number', initial: 'object', contention: 'boolean' }) &&
    has(order.policy, { reference: 'string', id: 'string', mechanisms: 'array' }) &&
    has(order.device, { id: 'string', values: 'object', choices: 'object' }) &&
    has(outcome, { state: 'string' })
  )
}

/** A module that an archive names stands in its `policies/`, below its own hash, and a cell's policy is called by that hash: no
 *  other code is run because an archive says so. */
function refuseForeignCode(study: PackedStudy, cells: OpenStudy['cells'], members: Members, file: string): void {
  const modules = new Map([...members].filter(([path]) => path.startsWith('policies/')).map(([path, content]) => [path, digest(content)]))
  for (const [path, hash] of modules) if (path !== modulePath(path, hash)) throw new BadInput({ file, field: path }, `the module at ${modulePath(path, hash)}, by its hash`, path)
  for (const text of textsIn(study.spec)) if (isModuleReference(text)) holdModule(fileOf(text), modules, file, 'study.json')
  for (const [i, { order: { policy } }] of cells.entries()) {
    const field = `cells.jsonl:${i + 1}: policy`
    const module = fileOf(policy.reference)
    const isModule = isModuleReference(policy.reference)
    const hash = isModule ? holdModule(module, modules, file, field) : undefined
    if (policy.file !== (isModule ? module : undefined)) throw new BadInput({ file, field }, isModule ? `the file ${module}, which its reference names` : 'no file: it is built in', policy.file)
    if (hash === undefined) continue
    const id = `${basename(module)}#${hash.slice(0, 12)}${policy.reference.slice(module.length)}`
    if (policy.id !== id) throw new BadInput({ file, field: `${field}.id` }, id, policy.id)
  }
}

/** The hash of a module in the archive. */
function holdModule(module: string, modules: ReadonlyMap<string, string>, file: string, field: string): string {
  const hash = modules.get(module)
  if (hash === undefined) throw new BadInput({ file, field }, 'policies’ modules that are in the archive', module)
  return hash
}

export const recordOf = ({ key, order, outcome }: OpenStudy['cells'][number]): CellRecord => ({ key, subject: order.subject, policy: order.policy.id, device: order.device.id, order, outcome })

/** Why this program would not replay a cell as the one that made the archive did; undefined: it would. */
export async function otherVersion(order: CellOrder, key: string, consent: Consent): Promise<string | undefined> {
  const here = policyOrder(order.policy.reference, await resolvePolicy(order.policy.reference, consent))
  const other = order.policy.mechanisms.filter((one) => !here.mechanisms.includes(one))
  if (other.length > 0) return `the archive was made with ${other.join(', ')}, here is ${here.mechanisms.filter((one) => !order.policy.mechanisms.includes(one)).join(', ')}`
  return cellKey(order) === key ? undefined : 'the archive was made with another engine, or an order in it was changed'
}

/** Whether two outcomes are the same to the last digit. */
export const isSameOutcome = (a: CellOutcome, b: CellOutcome): boolean => canonicalJson(a) === canonicalJson(b)
