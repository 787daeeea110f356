import type Database from 'better-sqlite3'
import { BadInput } from '../base/errors.js'
import { MOST_WINDOW_BYTES } from '../base/unpack-limits.js'
import { taskColumns } from '../run/tasks.js'
import { CHUNK_OPS } from '../trace/writer.js'
import { nameOf } from './readable.js'
import { unpackHeld } from './unpacking.js'

/** What a column of another's store may hold; `mostBytes`: looked at before a value is read. */
interface Held {
  readonly expected: string
  readonly holds: (value: unknown) => boolean
  readonly mostBytes: number
}
export type ForeignRow = Readonly<Record<string, unknown>>

const MiB = 2 ** 20

const hash: Held = { expected: '64 hex digits', holds: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value), mostBytes: 64 }
const text = (mostBytes: number): Held => ({ expected: `text of 1 to ${mostBytes} bytes`, holds: (value) => typeof value === 'string' && value !== '', mostBytes })
const word = (words: readonly string[]): Held => ({ expected: words.join(' or '), holds: (value) => words.includes(value as string), mostBytes: 200 })
const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER): Held => ({ expected: `a whole number from ${least} to ${most}`, holds: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most, mostBytes: 200 })
const time: Held = { expected: 'a number, 0 or more', holds: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0, mostBytes: 200 }
const json = (mostBytes: number, holds: (value: object) => boolean = () => true): Held => ({ expected: `JSON of an object, at most ${mostBytes} bytes`, holds: (value) => typeof value === 'string' && isObjectIn(value, holds), mostBytes })
const blob = (mostBytes: number, holds: (value: Uint8Array) => boolean = () => true): Held => ({ expected: `deflated bytes, at most ${mostBytes}`, holds: (value) => value instanceof Uint8Array && holds(value), mostBytes })
const orNull = (held: Held): Held => ({ ...held, expected: `${held.expected}, or null`, holds: (value) => value === null || held.holds(value) })

function isObjectIn(value: string, holds: (value: object) => boolean): boolean {
  try {
    const found = JSON.parse(value) as unknown
    return typeof found === 'object' && found !== null && !Array.isArray(found) && holds(found)
  } catch {
    return false
  }
}

const isTimes = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.values(value).every((ns) => typeof ns === 'number')
/** What every reader of a summary computes with. */
const isSummary = (value: object): boolean => {
  const summary = value as Record<string, unknown>
  return ['requests', 'tokens', 'ttftNs', 'e2eNs'].every((name) => typeof summary[name] === 'number') && ['ttftExposedNs', 'decodeExposedNs', 'busyNs'].every((name) => isTimes(summary[name]))
}

/** Deflated bytes, unpacked; undefined: none, or more than `mostBytes`. */
function inflated(packed: Uint8Array, mostBytes: number): Buffer | undefined {
  try {
    return unpackHeld('raw deflate', packed, {}, mostBytes)
  } catch {
    return undefined
  }
}

function isWindows(packed: Uint8Array): boolean {
  try {
    return Array.isArray(JSON.parse(inflated(packed, MOST_WINDOW_BYTES)?.toString('utf8') ?? ''))
  } catch {
    return false
  }
}

/** Columns by table; a test holds their names against a store's. */
export const foreignColumns = {
  cell: {
    key: hash,
    subject: hash,
    policy: text(8192),
    device: text(1024),
    state: word(['done', 'refused', 'failed']),
    cellOrder: json(MiB),
    ttftNs: orNull(time),
    tpotNs: orNull(time),
    e2eNs: orNull(time),
    switchNs: orNull(time),
    predictedShare: orNull(time),
    summary: orNull(json(16 * MiB, isSummary)),
    windows: orNull(blob(128 * MiB, isWindows)),
    message: orNull({ ...text(MiB), holds: (value) => typeof value === 'string' }),
    finishedAtWallMs: whole(0),
  },
  cell_tasks: { cell: hash, number: whole(0, 2 ** 20), field: word([...Object.keys(taskColumns), 'startNs', 'holder']), tasks: whole(1, CHUNK_OPS), data: blob(CHUNK_OPS * 9) },
  study: { id: whole(Number.MIN_SAFE_INTEGER), hash, name: text(4096), kind: text(200), spec: json(64 * MiB), madeAtWallMs: whole(0) },
  study_cell: { study: whole(Number.MIN_SAFE_INTEGER), place: whole(0), key: hash },
} as const satisfies Record<string, Readonly<Record<string, Held>>>

export type ForeignTable = keyof typeof foreignColumns

/** Throws `BadInput`: a value of the table is larger than any of ours, and was not read. */
export function refuseLarge(other: Database.Database, table: ForeignTable): void {
  for (const [column, { mostBytes, expected }] of Object.entries(foreignColumns[table])) {
    const bytes = other.prepare(`select octet_length(${column}) from ${table} where octet_length(${column}) > ? limit 1`).pluck().get(mostBytes) as number | undefined
    if (bytes !== undefined) throw new BadInput({ file: nameOf(other), field: `${table}.${column}` }, expected, `${bytes} bytes`)
  }
}

/** Throws `BadInput`: a value of the row is not what its column holds. */
export function checkRow(other: Database.Database, table: ForeignTable, row: unknown): void {
  const refuse = (column: string, expected: string, found: unknown): never => {
    throw new BadInput({ file: nameOf(other), field: `${table}.${column}` }, expected, found instanceof Uint8Array ? `${found.length} other bytes` : found, 'the store is damaged, or another program wrote it')
  }
  const values = row as ForeignRow
  for (const [column, { expected, holds }] of Object.entries(foreignColumns[table])) if (!holds(values[column])) refuse(column, expected, values[column])
  if (table === 'cell') {
    const isDone = values['state'] === 'done'
    for (const column of ['summary', 'windows']) if ((values[column] !== null) !== isDone) refuse(column, isDone ? 'what a cell that is done has' : 'null, as of every cell that is not done', values[column])
    if (!isDone && values['message'] === null) refuse('message', 'why the cell is not done', null)
  }
  if (table === 'cell_tasks') {
    const bytes = (values['tasks'] as number) * 8
    if (inflated(values['data'] as Uint8Array, bytes)?.length !== bytes) refuse('data', `${bytes} bytes, deflated`, values['data'])
  }
}
