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
  /** Total, as the compiler estimated it. */
  readonly cycles: number
  readonly rwKb: number
  readonly name: string
}

const START = /^\s*(\d{1,6})\s+(\S{1,200})\s+(FLOAT16|FLOAT32|U?INT(?:4|8|16|32|64)|BOOL|BFLOAT16|\S{1,16})\s+(CPU|NPU|GPU)\s+(\S{1,4000})\s+(\S{1,4000})\s+(.*)$/
/** Columns between WorkLoad and RW(KB): task counts and sizes, by version. */
const TASKS = /\b(?:Task Number|Task Size|Lut Number|Regcmd Size)\b/g
const MOST_TASKS = 3

/** How many columns of task counts a table has, by its header; a row without a header has at most three. */
export const taskColumns = (header: string): number => header.match(TASKS)?.length ?? 0

/** Reads a row from both ends: columns are as wide as their headers only until a cell is longer. Undefined: no row. */
export function parseLayerRow(text: string, tasks = MOST_TASKS): LayerRow | undefined {
  const start = START.exec(text)
  if (start === null) return undefined
  const [, id, type, dataType, target, inputs, outputs, rest] = start as unknown as string[]
  if (!/^[(\\]/.test(inputs!) || !/^[(\\]/.test(outputs!)) return undefined
  const figures = figuresOf(rest!, Math.min(tasks, MOST_TASKS))
  return figures && { id: Number(id), type: type!, dataType: dataType!, target: target!, inputs: inputs!, outputs: outputs!, ...figures }
}

/** RW(KB) is the last of the numbers before the name. */
const endings = Array.from({ length: MOST_TASKS + 2 }, (_, before) => new RegExp(`^(?:[\\d./]{1,24}\\s+){0,${before}}(\\d{1,12}(?:\\.\\d{1,6})?)(?:\\s+(.*))?$`))

function figuresOf(rest: string, tasks: number): Pick<LayerRow, 'timeUs' | 'cycles' | 'rwKb' | 'name'> | undefined {
  // Cycles as one cell `DDR/NPU/Total`, or as three; behind them the time, or the task counts of a build-time table.
  const counted = /^\d{1,15}\/\d{1,15}\/(\d{1,15})\s+(.*)$/.exec(rest) ?? /^\d{1,15}\s+\d{1,15}\s+(\d{1,15})\s+(.*)$/.exec(rest)
  if (counted === null) return undefined
  const cycles = Number(counted[1])
  const built = /^\d{1,6}\/\d{1,6}\s+(\d{1,12})\s*(.*)$/.exec(counted[2]!)
  if (built !== null) return { timeUs: NaN, cycles, rwKb: Number(built[1]), name: built[2]!.trim() }
  const timed = /^(\d{1,12})\s+(.*)$/.exec(counted[2]!)
  if (timed === null) return undefined
  // The load of the cores, in one version with the gain of using several: `50.0%/50.0%/0.0% - Up:50.0%`.
  const load = /^(?:(?:[\d./]{1,40}|\\+)\s+)?[\d.]{1,8}%(?:\/[\d.]{1,8}%){0,8}(?:\s+-\s+Up:[\d.]{1,8}%)?\s+(.*)$/.exec(timed[2]!)
  // Older tables have no load: what is before RW can be MacUsage, or `\`, or nothing.
  const ending = load === null ? endings[tasks + 1]!.exec(timed[2]!.replace(/^\\+\s+/, '')) : endings[tasks]!.exec(load[1]!)
  return ending === null ? undefined : { timeUs: Number(timed[1]), cycles, rwKb: Number(ending[1]), name: ending[2]?.trim() ?? '' }
}

/** `(1,64,256,256),(3,64,1,1),...` → lists; cut ones (`,...`) end there. */
export function shapesOf(text: string): number[][] {
  return [...text.matchAll(/\((\d{1,9}(?:,\d{1,9}){0,11})\)/g)].slice(0, 16).map((found) => found[1]!.split(',').map(Number))
}
