import { readFileSync, readdirSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { BadInput } from '../../base/errors.js'
import { valueAtPointer } from '../../base/json-pointer.js'
import type { PublishedClaim, PublishedPaper } from './published.js'

const folder = new URL('../../../reports/published/', import.meta.url)
const schemaFile = new URL('../../../schemas/published.schema.json', import.meta.url)

/** Every claim of `reports/published/`, by id. Throws `BadInput`: a file that is no such data. */
export function publishedClaims(): PublishedClaim[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json')).sort()
  const claims = files.flatMap((file) => checkPublished(JSON.parse(readFileSync(new URL(file, folder), 'utf8')), file).claims)
  claims.sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const [i, { id }] of claims.entries()) if (claims[i - 1]?.id === id) throw new BadInput({ file: 'reports/published', field: id }, 'each claim once')
  return claims
}

/** Checks a file of claims against its schema and what a schema cannot say. Throws `BadInput` with the field. */
export function checkPublished(json: unknown, file: string): PublishedPaper {
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8')) as object
  const valid = new Ajv2020({ allErrors: false, strict: false }).compile(schema)
  if (!valid(json)) {
    // In a union every branch complains: the deepest place is the one meant.
    const error = [...valid.errors!].sort((a, b) => b.instancePath.length - a.instancePath.length)[0]!
    const field = error.instancePath.slice(1).replaceAll('/', '.') || 'the file'
    throw new BadInput({ file, field }, error.message ?? 'a valid value', valueAtPointer(json, error.instancePath), 'see schemas/published.schema.json')
  }
  const paper = json as PublishedPaper
  for (const { id, parts, conditions } of paper.claims) {
    if (new Set(parts.map(({ label }) => label)).size < parts.length) throw new BadInput({ file, field: `${id}.parts` }, 'a label of its own for each part')
    for (const part of parts) {
      const { low, high } = part.tolerance ?? { low: 0, high: 0 }
      if (low > high) throw new BadInput({ file, field: `${id}.parts.${part.label}.tolerance` }, 'low not above high', part.tolerance)
      if ('accounts' in part && part.accounts.length === 0) throw new BadInput({ file, field: `${id}.parts.${part.label}.accounts` }, 'at least one account')
      if ('range' in part && part.range.low === null && part.range.high === null) throw new BadInput({ file, field: `${id}.parts.${part.label}.range` }, 'a range with an end')
    }
    const { models, pressureGiB } = conditions
    if (pressureGiB.length > 2 && pressureGiB.length !== models.length) throw new BadInput({ file, field: `${id}.conditions.pressureGiB` }, 'one for all models, one each, or two compared', pressureGiB)
  }
  return paper
}
