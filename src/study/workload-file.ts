import { open, readFile, readdir, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { BadInput } from '../base/errors.js'
import { checkWorkload } from '../trace/check-workload.js'
import { WORKLOAD_SCHEMA, type Workload } from '../trace/workload.js'

const SUFFIX = '.workload.json'
const MOST_BYTES = 64 * 2 ** 20

/** The workloads that come with the package (traces/workloads/README.md). */
const SHIPPED = new URL('../../traces/workloads/', import.meta.url)

/** Names of the shipped workloads, in order. */
export async function shippedNames(): Promise<string[]> {
  const files = await readdir(SHIPPED)
  return files.flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : [])).sort()
}

/** Throws `BadInput`: what is shipped is damaged. */
export const shippedWorkload = (name: string): Promise<Workload> => readWorkload(fileURLToPath(new URL(`${name}${SUFFIX}`, SHIPPED)))

/** A workload's file. Throws `BadInput`: unreadable, too large, no JSON, not a workload. */
export async function readWorkload(path: string): Promise<Workload> {
  let json: unknown
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES) throw new BadInput({ file: path }, `a workload of at most ${MOST_BYTES / 2 ** 20} MiB`, `${size} bytes`)
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof BadInput) throw error
    if (error instanceof SyntaxError) throw new BadInput({ file: path }, 'JSON', error.message, 'see schemas/workload.schema.json')
    throw new BadInput({ file: path }, 'a file that can be read', (error as Error).message)
  }
  return checkWorkload(json, path)
}

/** By its name, or because its first bytes name our schema. */
export async function isWorkloadFile(path: string): Promise<boolean> {
  if (path.endsWith(SUFFIX)) return true
  try {
    if (!(await stat(path)).isFile()) return false // what a pipe gives is gone once it is read
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
      return buffer.subarray(0, bytesRead).toString('latin1').includes(`"${WORKLOAD_SCHEMA}"`)
    } finally {
      await file.close()
    }
  } catch {
    return false // whoever reads it says why it cannot be read
  }
}
