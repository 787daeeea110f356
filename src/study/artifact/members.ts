import { strFromU8, strToU8, unzipSync, zipSync, type Zippable } from 'fflate'
import { BadInput } from '../../base/errors.js'
import { contentHash } from '../../base/hash.js'
import { mostHeldBytes } from '../../base/unpack-limits.js'
import { limitsHere } from '../../store/unpacking.js'

export const ARTIFACT_SCHEMA = 'worldswitch-artifact/1'

/** What an archive says of itself; `files` gives each other member's SHA-256. */
export interface Manifest {
  readonly schema: typeof ARTIFACT_SCHEMA
  readonly worldswitch: string
  readonly engine: number
  readonly study: { readonly name: string; readonly kind: string; readonly cells: number }
  readonly seeds: readonly number[]
  readonly files: Readonly<Record<string, string>>
}

/** An archive's members by path, without the manifest. */
export type Members = ReadonlyMap<string, Uint8Array>

const MOST_MEMBERS = 100_000
/** The paths that there are; whatever else an archive holds is refused, so no member is written outside its folder. */
const known = /^(study\.json|cells\.jsonl|README\.md|CITATION\.cff|traces\/[0-9a-f]{64}\.trace\.jsonl|workloads\/[0-9a-f]{64}\.workload\.json|devices\/[\w-][\w.-]*\.json|policies\/[0-9a-f]{12}\/[\p{L}\p{N}_-][\p{L}\p{N}._-]*\.m?js|report\/[\p{L}\p{N}_-][\p{L}\p{N}._-]*\.(?:html|md|csv|tex|svg|png))$/u
/** Any fixed date: the same study makes the same bytes. ZIP knows none before 1980. */
const DATE = new Date(1980, 0, 1)

/** The archive's bytes: members in order of their paths, the manifest first. */
export function zipped(members: Members, about: Omit<Manifest, 'schema' | 'files'>): { readonly bytes: Uint8Array; readonly manifest: Manifest } {
  const paths = [...members.keys()].sort()
  const strange = paths.find((path) => !known.test(path))
  if (strange !== undefined) throw new BadInput({ file: strange }, 'a name of letters, digits, dots and dashes', strange, 'rename the file')
  const manifest: Manifest = { schema: ARTIFACT_SCHEMA, ...about, files: Object.fromEntries(paths.map((path) => [path, digest(members.get(path)!)])) }
  const files: Zippable = { 'manifest.json': strToU8(`${JSON.stringify(manifest, null, 2)}\n`) }
  for (const path of paths) files[path] = members.get(path)!
  return { bytes: zipSync(files, { level: 9, mtime: DATE }), manifest }
}

/** Throws `BadInput`: no ZIP, no archive of ours, a member that is missing, unknown or changed. */
export function unzipped(bytes: Uint8Array, file: string): { readonly manifest: Manifest; readonly members: Members } {
  const found = entriesOf(bytes, file)
  const text = found['manifest.json']
  if (text === undefined) throw new BadInput({ file }, 'an archive of `worldswitch artifact`, with a manifest.json', Object.keys(found).slice(0, 5).join(', ') || 'nothing')
  const manifest = checkedManifest(strFromU8(text), file)
  const members = new Map<string, Uint8Array>()
  for (const path of Object.keys(found).filter((name) => name !== 'manifest.json').sort()) {
    if (!Object.hasOwn(manifest.files, path)) throw new BadInput({ file, field: path }, 'a member that the manifest names', 'another')
    const hash = digest(found[path]!)
    if (hash !== manifest.files[path]) throw new BadInput({ file, field: path }, `content with SHA-256 ${String(manifest.files[path]).slice(0, 12)}`, hash.slice(0, 12), 'the archive was changed: get it again')
    members.set(path, found[path]!)
  }
  const missing = ['study.json', 'cells.jsonl', ...Object.keys(manifest.files)].find((path) => !members.has(path))
  if (missing !== undefined) throw new BadInput({ file, field: missing }, 'a member', 'nothing', 'the archive was changed: get it again')
  return { manifest, members }
}

function entriesOf(bytes: Uint8Array, file: string): Record<string, Uint8Array> {
  let size = 0
  let count = 0
  // An archive that claims more is not read, and no member unpacks to more than it claims.
  const most = mostHeldBytes(bytes.length, limitsHere())
  try {
    return unzipSync(bytes, {
      filter: ({ name, size: packedSize, originalSize }) => {
        size += Math.max(packedSize, originalSize) // what is stored as it is takes its packed size, whatever else it claims
        if (++count > MOST_MEMBERS || size > most) throw new BadInput({ file }, `at most ${MOST_MEMBERS} members and ${most} bytes unpacked`, `${count} members, ${size} bytes`)
        if (name !== 'manifest.json' && !known.test(name)) throw new BadInput({ file, field: name }, 'a member of an archive of `worldswitch artifact`', name)
        return true
      },
    })
  } catch (error) {
    if (error instanceof BadInput) throw error
    throw new BadInput({ file }, 'a ZIP archive of `worldswitch artifact`', error instanceof Error ? error.message : error)
  }
}

function checkedManifest(text: string, file: string): Manifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new BadInput({ file, field: 'manifest.json' }, 'JSON', text.slice(0, 40))
  }
  const { schema, files } = (json ?? {}) as { schema?: unknown; files?: unknown }
  if (schema !== ARTIFACT_SCHEMA) throw new BadInput({ file, field: 'manifest.json: schema' }, ARTIFACT_SCHEMA, schema, 'another version of worldswitch may have made it')
  if (typeof files !== 'object' || files === null) throw new BadInput({ file, field: 'manifest.json: files' }, 'paths and their SHA-256', files)
  return json as Manifest
}

export function digest(content: Uint8Array): string {
  const hash = contentHash()
  hash.add(content)
  return hash.digest()
}
