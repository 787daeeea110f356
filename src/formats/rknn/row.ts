/** A layer of the table. Shapes as written: `(1,64,256,256),(3,64,1,1),(3)`. */
export interface LayerRow {
  readonly id: number
  readonly type: string
  readonly dataType: string
  readonly target: string
  readonly inputs: string
  readonly outputs: string
  /** NaN: a build-time table, which has none. */
  readonly timeUs: number
  readonly rwKb: number
  readonly name: string
}

const START = /^\s*(\d{1,6})\s+(\S{1,200})\s+(FLOAT16|FLOAT32|U?INT(?:4|8|16|32|64)|BOOL|BFLOAT16|\S{1,16})\s+(CPU|NPU|GPU)\s+(\S{1,4000})\s+(\S{1,4000})\s+(.*)$/

/** Reads a row from both ends: columns are as wide as their headers only until a cell is longer. Undefined: no row. */
export function parseLayerRow(text: string): LayerRow | undefined {
  const start = START.exec(text.slice(0, 10_000))
  if (start === null) return undefined
  const [, id, type, dataType, target, inputs, outputs, rest] = start as unknown as string[]
  if (!/^[(\\]/.test(inputs!) || !/^[(\\]/.test(outputs!)) return undefined
  const figures = figuresOf(rest!)
  return figures && { id: Number(id), type: type!, dataType: dataType!, target: target!, inputs: inputs!, outputs: outputs!, ...figures }
}

function figuresOf(rest: string): Pick<LayerRow, 'timeUs' | 'rwKb' | 'name'> | undefined {
  // Cycles as one cell `DDR/NPU/Total`, or as three; behind them the time, or the task counts of a build-time table.
  const cycles = /^\d{1,15}\/\d{1,15}\/\d{1,15}\s+(.*)$/.exec(rest) ?? /^\d{1,15}\s+\d{1,15}\s+\d{1,15}\s+(.*)$/.exec(rest)
  if (cycles === null) return undefined
  const built = /^\d{1,6}\/\d{1,6}\s+(\d{1,12})\s*(.*)$/.exec(cycles[1]!)
  if (built !== null) return { timeUs: NaN, rwKb: Number(built[1]), name: built[2]!.trim() }
  const timed = /^(\d{1,12})\s+(.*)$/.exec(cycles[1]!)
  if (timed === null) return undefined
  const load = /[\d.]{1,8}%(?:\/[\d.]{1,8}%){0,8}\s+(\d{1,12}(?:\.\d{1,6})?)\s*(.*)$/.exec(timed[2]!)
  // Older tables have no WorkLoad; MacUsage may be blank there.
  const plain = load ?? /^(?:(?:[\d.]{1,8}(?:\/[\d.]{1,8}){0,8}|\\)\s+(?=\d))?(?:\d{1,4}\/\d{1,4}\s+)?(\d{1,12}(?:\.\d{1,6})?)\s*(.*)$/.exec(timed[2]!)
  if (plain === null) return undefined
  return { timeUs: Number(timed[1]), rwKb: Number(plain[1]), name: plain[2]!.trim() }
}

/** `(1,64,256,256),(3,64,1,1),...` → lists; cut ones (`,...`) end there. */
export function shapesOf(text: string): number[][] {
  return [...text.matchAll(/\((\d{1,9}(?:,\d{1,9}){0,11})\)/g)].slice(0, 16).map((found) => found[1]!.split(',').map(Number))
}
