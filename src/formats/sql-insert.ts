/** Columns and values of `INSERT INTO table (a, b) VALUES ('x', '1', …);`: read as text, never run. Undefined: the line is
 *  no such statement, or its lists differ in length. */
export function parseInsert(line: string, table: string): ReadonlyMap<string, string> | undefined {
  const found = new RegExp(`^\\s*INSERT INTO ${table}\\s*\\(([^)]{1,4000})\\)\\s*VALUES\\s*\\((.*)\\);?\\s*$`, 'i').exec(line)
  if (found === null) return undefined
  const columns = found[1]!.split(',').map((column) => column.trim().replace(/^["`]|["`]$/g, ''))
  const values: string[] = []
  const value = /\s*(?:'((?:[^']|'')*)'|([^,'\s]+))\s*(,|$)/y
  const text = found[2]!
  while (value.lastIndex < text.length) {
    const next = value.exec(text)
    if (next === null) return undefined
    values.push(next[1]?.replaceAll("''", "'") ?? next[2]!)
    if (next[3] === '') break
  }
  return columns.length === values.length ? new Map(columns.map((column, i) => [column, values[i]!])) : undefined
}
