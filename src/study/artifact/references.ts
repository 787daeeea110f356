import { basename, resolve } from 'node:path'
import type { CellOrder } from '../cells/order.js'

/** Where a policy's module stands in an archive, by its content's hash; its name is part of the policy's. */
export const modulePath = (file: string, hash: string): string => `policies/${hash.slice(0, 12)}/${basename(file)}`

/** A value with every text replaced for which `renamed` has another. */
export function withNames(value: unknown, renamed: (text: string) => string): unknown {
  if (typeof value === 'string') return renamed(value)
  if (Array.isArray(value)) return value.map((one) => withNames(one, renamed))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withNames(one, renamed)]))
}

/** A reference to a file with options behind `?`, the file renamed. `files`: by absolute path. */
export function withFile(reference: string, files: ReadonlyMap<string, string>): string {
  const [file = '', ...rest] = reference.split('?')
  const other = files.get(resolve(file))
  return other === undefined ? reference : [other, ...rest].join('?')
}

/** The order with its policy's module where the archive has it. */
export function orderWithFile(order: CellOrder, files: ReadonlyMap<string, string>): CellOrder {
  const { policy } = order
  if (policy.file === undefined) return order
  return { ...order, policy: { ...policy, file: withFile(policy.file, files), reference: withFile(policy.reference, files) } }
}
