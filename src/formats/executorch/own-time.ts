/** An event of the table, as far as what holds it is told by its name. */
export interface Held {
  readonly block: string
  readonly name: string
  /** In the unit of the table. */
  readonly value: number
  readonly isDelegated: boolean
}

/** Events that enclose others of their block, from the inside out; the first one here that a block lists and that holds an event is
 *  the one around it. */
const holders: readonly (readonly [is: (row: Held) => boolean, holds: (row: Held) => boolean])[] = [
  [({ name }) => name === 'ETVK_COMPUTE_GRAPH_EXECUTE', ({ name, isDelegated }) => isDelegated && !name.startsWith('ETVK_')],
  [({ name }) => name === 'OPERATOR_CALL', ({ name, isDelegated }) => !isDelegated && name.startsWith('native_call_')],
  [({ name }) => name === 'DELEGATE_CALL', ({ isDelegated }) => isDelegated],
  [({ name }) => name === 'Program::load_method', ({ name }) => name === 'Method::init'],
  [({ name }) => name === 'Method::execute', ({ name }) => !isOuter(name)],
  [({ name }) => name === 'run_model', ({ name }) => !/^(?:run_model|load_model|Program::load_method|Method::init)$/.test(name)],
  [({ name }) => name === 'load_model', ({ name }) => /^(?:Program::load_method|Method::init)$/.test(name)],
]
const isOuter = (name: string): boolean => /^(?:Method::execute|load_model|run_model|Program::load_method|Method::init)$/.test(name)

/** By row: the share of its time that is its own, where it holds others of its block; undefined: it holds none. Holders of one kind are
 *  taken together, since a table's rows do not say which call an event is in. */
export function ownShares(rows: readonly Held[]): (number | undefined)[] {
  const blocks = new Map<string, number[]>()
  for (const [i, { block }] of rows.entries()) {
    const members = blocks.get(block)
    if (members === undefined) blocks.set(block, [i])
    else members.push(i)
  }
  const shares: (number | undefined)[] = rows.map(() => undefined)
  for (const members of blocks.values()) {
    const present = holders.filter(([is]) => members.some((i) => is(rows[i]!)))
    const heldSum = present.map(() => 0)
    const heldCount = present.map(() => 0)
    for (const i of members) {
      const row = rows[i]!
      const own = present.findIndex(([is]) => is(row))
      const holder = present.findIndex(([, holds], h) => h !== own && (own < 0 || h > own) && holds(row))
      if (holder < 0) continue
      heldSum[holder]! += row.value
      heldCount[holder]!++
    }
    present.forEach(([is], h) => {
      if (heldCount[h] === 0) return
      const holding = members.filter((i) => is(rows[i]!))
      const all = holding.reduce((sum, i) => sum + rows[i]!.value, 0)
      for (const i of holding) shares[i] = all === 0 ? 0 : Math.max(0, 1 - heldSum[h]! / all)
    })
  }
  return shares
}
