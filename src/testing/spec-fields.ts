/** Every data field that a Vega-Lite spec reads and no transform of its own makes: in encodings, transforms, sorts and
 *  `datum.x` of expressions. Axis and header label expressions are left out: their datum is a tick, not a row. */
export function fieldsOf(spec: unknown): string[] {
  const read = new Set<string>()
  const made = new Set<string>()
  visit(spec, read, made)
  return [...read].filter((field) => !made.has(field)).sort()
}

const listed = ['groupby', 'fold']

function visit(value: unknown, read: Set<string>, made: Set<string>): void {
  if (Array.isArray(value)) {
    for (const one of value) visit(one, read, made)
    return
  }
  if (value === null || typeof value !== 'object') return
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'usermeta' || key === 'labelExpr') continue
    if (key === 'as') for (const name of [inner].flat()) made.add(String(name))
    else if (listed.includes(key)) for (const name of inner as string[]) read.add(name)
    else if (key === 'field' && typeof inner === 'string') read.add(inner)
    else if (typeof inner === 'string') for (const match of inner.matchAll(/\bdatum\.(\w+)/g)) read.add(match[1]!)
    else visit(inner, read, made)
  }
}
