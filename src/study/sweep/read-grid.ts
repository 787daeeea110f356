import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { closest } from '../../base/closest.js'
import { BadInput, UsageFault } from '../../base/errors.js'
import { valueAtPointer } from '../../base/json-pointer.js'
import { quoteFound } from '../../base/quote.js'
import type { Grid } from './grid.js'
import { gridSchema } from './grid-schema.js'

const SUFFIX = '.sweep.json'
/** Studies that come with the package (traces/studies/README.md). */
const SHIPPED = new URL('../../../traces/studies/', import.meta.url)

/** Names of the shipped sweeps, in order. */
export async function shippedGrids(): Promise<string[]> {
  return (await readdir(SHIPPED)).flatMap((file) => (file.endsWith(SUFFIX) ? [file.slice(0, -SUFFIX.length)] : [])).sort()
}

/** A shipped sweep by its name, or a file. Throws `UsageFault` (no such name), `BadInput` (the file). */
export async function readGrid(reference: string): Promise<{ grid: Grid; file: string }> {
  const names = await shippedGrids()
  if (names.includes(reference)) return gridAt(fileURLToPath(new URL(`${reference}${SUFFIX}`, SHIPPED)))
  if (!/[./\\]/.test(reference)) {
    const near = closest(reference, names)
    throw new UsageFault(`there is no sweep ${quoteFound(reference)}`, near === undefined ? `shipped are ${names.join(', ')}; or give a file` : `did you mean ${near}?`)
  }
  return gridAt(reference)
}

async function gridAt(file: string): Promise<{ grid: Grid; file: string }> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput({ file }, 'JSON', error.message, 'see schemas/sweep.schema.json')
    throw new BadInput({ file }, 'a file that can be read', (error as Error).message)
  }
  return { grid: checkGrid(json, file), file }
}

/** Throws `BadInput` with the field. */
export function checkGrid(json: unknown, file: string): Grid {
  const valid = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true }).compile(gridSchema)
  if (valid(json)) return json as unknown as Grid
  // An axis fits none of several forms: what it is deepest inside of says most.
  const error = valid.errors!.reduce((deepest, one) => (one.instancePath.length >= deepest.instancePath.length ? one : deepest))
  const extra = (error.params as { additionalProperty?: string }).additionalProperty
  const field = [error.instancePath.slice(1).replaceAll('/', '.'), extra].filter((part) => part !== undefined && part !== '').join('.') || 'the sweep'
  throw new BadInput({ file, field }, error.keyword === 'anyOf' ? 'an axis with values or from, to and count; or a product, zip, chain or point' : (error.message ?? 'a valid value'), valueAtPointer(json, error.instancePath), 'see schemas/sweep.schema.json')
}
