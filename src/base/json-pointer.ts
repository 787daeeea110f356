/** What stands at a JSON pointer (RFC 6901, as ajv names a place); undefined: nothing. */
export function valueAtPointer(json: unknown, pointer: string): unknown {
  let value = json
  for (const key of pointer.split('/').slice(1)) value = (value as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')]
  return value
}
