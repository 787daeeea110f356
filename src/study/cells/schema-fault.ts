import type { ErrorObject } from 'ajv/dist/2020.js'
import { valueAtPointer } from '../../base/json-pointer.js'
import { quoteFound } from '../../base/quote.js'

/** A validator's first complaint about `value` in one line; `whole`: what the value is called. */
export function schemaFault({ instancePath, message, params }: ErrorObject, value: unknown, whole: string): string {
  const place = instancePath.slice(1).replaceAll('/', '.') || whole
  const extra = (params as { additionalProperty?: unknown }).additionalProperty
  return `${place} ${message ?? 'is no valid value'}, found ${quoteFound(extra ?? valueAtPointer(value, instancePath))}`
}
