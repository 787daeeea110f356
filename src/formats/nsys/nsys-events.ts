import { BadInput, type Place } from '../../base/errors.js'
import type { Spool } from '../../trace/spool.js'
import { Passes, passOf } from '../annotations.js'
import { ByteStrings } from '../byte-strings.js'
import type { DeviceEvents } from '../device-events.js'
import type { SqliteFile } from '../../trace/source.js'
import { gpuRow, launchRow } from '../kineto-rows.js'
import { KERNEL, MEMCPY, MEMSET } from '../kineto-what.js'
import { noteDropped } from '../operator-table.js'
import { Recordings } from '../recordings.js'
import { Skipped } from '../skipped.js'
import type { TorchOp } from '../torch-op.js'
import { TorchCosts } from '../torch-costs.js'
import { TorchNames, addOperator, type NamedKernel } from '../torch-names.js'
import { NsysProcesses, correlationOf } from './nsys-processes.js'

type Row = Readonly<Record<string, unknown>>
const PUSH_POP = 59
const encoder = new TextEncoder()

/** Fills the rows of `device-events.ts` from the tables. Only tables and columns named here are read: the recorder's
 *  environment, which such files carry as well, never is. */
export class NsysEvents implements DeviceEvents {
  readonly names = new ByteStrings()
  readonly serving = new Passes()
  readonly steps = new Passes()
  readonly recordings = new Recordings()
  isTraining = false
  deviceName = ''
  readonly shapedByStructure = 0
  readonly skipped = new Skipped()
  private readonly meanings = new TorchNames(this.names)
  private readonly costs = new TorchCosts()
  readonly operators = this.costs.table
  private readonly processes = new NsysProcesses()
  private readonly threads = new Map<number, number>()
  private originNs = NaN

  constructor(
    private readonly db: SqliteFile,
    private readonly file: string,
    readonly gpu: Spool,
    readonly launches: Spool,
    readonly cpu: Spool,
  ) {}

  read(): void {
    this.device('CUPTI_ACTIVITY_KIND_KERNEL', KERNEL)
    this.device('CUPTI_ACTIVITY_KIND_MEMCPY', MEMCPY)
    this.device('CUPTI_ACTIVITY_KIND_MEMSET', MEMSET)
    this.calls()
    this.ranges()
    this.deviceName = this.gpuName()
  }

  operator(name: number): TorchOp {
    return this.meanings.operator(name)
  }

  kernel(name: number): NamedKernel {
    return this.meanings.kernel(name)
  }

  threadName(thread: number): string {
    return `thread ${thread}`
  }

  streamName(device: number, stream: number): string {
    return this.processes.streamName(device, stream)
  }

  leftOut(): Skipped {
    noteDropped(this.operators, this.skipped)
    return this.skipped
  }

  private device(table: string, what: number): void {
    const columns = this.columnsOf(table)
    if (columns.size === 0) return
    const text = columns.has('demangledName') ? 'demangledName' : columns.has('shortName') ? 'shortName' : undefined
    const named = text === undefined ? "''" : `(select value from StringIds where id = t.${text})`
    const bytes = columns.has('bytes') ? 't.bytes' : '0'
    const process = columns.has('globalPid') ? 't.globalPid' : '-1'
    const sql = `select t.start, t.end, t.deviceId, t.streamId, t.correlationId, ${process} as process, ${bytes} as bytes, ${named} as name from ${table} t`
    for (const row of this.db.rows(sql)) {
      const startNs = this.time(row, 'start', table)
      const durationNs = this.number(row, 'end', table) - this.number(row, 'start', table)
      if (durationNs < 0) throw this.wrong(table, 'end', 'a time behind start', row['end'])
      const { row: to } = this.gpu
      const process = this.processes.of(this.whole(row, 'process'))
      to[gpuRow.correlation] = correlationOf(this.whole(row, 'correlationId'), process)
      to[gpuRow.seq] = this.gpu.length
      to[gpuRow.startNs] = startNs
      to[gpuRow.durationNs] = durationNs
      to[gpuRow.device] = this.processes.device(this.whole(row, 'deviceId'), process)
      to[gpuRow.stream] = this.whole(row, 'streamId')
      to[gpuRow.name] = this.word(what === KERNEL ? textOf(row['name']) : what === MEMCPY ? 'Memcpy' : 'Memset')
      to[gpuRow.what] = what
      to[gpuRow.external] = -1
      to[gpuRow.bytes] = Math.max(0, this.whole(row, 'bytes')) * (what === MEMCPY ? 2 : 1) // read and written
      this.gpu.add()
    }
  }

  private calls(): void {
    const table = 'CUPTI_ACTIVITY_KIND_RUNTIME'
    if (this.columnsOf(table).size === 0) return
    const sql = `select t.start, t.correlationId, t.globalTid, (select value from StringIds where id = t.nameId) as name from ${table} t`
    for (const row of this.db.rows(sql)) {
      const { row: to } = this.launches
      to[launchRow.correlation] = correlationOf(this.whole(row, 'correlationId'), this.processes.of(this.whole(row, 'globalTid')))
      to[launchRow.thread] = this.thread(row)
      to[launchRow.atNs] = this.time(row, 'start', table)
      to[launchRow.external] = -1
      to[launchRow.isGraph] = /GraphLaunch/i.test(textOf(row['name'])) ? 1 : 0
      this.launches.add()
    }
  }

  /** Ranges of emit_nvtx: `aten::mm, seq = 5, op_id = 7, sizes = [[64, 32], [32, 16]]`. */
  private ranges(): void {
    const table = 'NVTX_EVENTS'
    const columns = this.columnsOf(table)
    if (columns.size === 0) return
    const text = columns.has('textId') ? 'coalesce(t.text, (select value from StringIds where id = t.textId))' : 't.text'
    const sql = `select t.start, t.end, t.globalTid, ${text} as text from ${table} t where t.eventType = ?`
    for (const row of this.db.rows(sql, PUSH_POP)) {
      if (row['end'] === null) {
        this.skipped.count('NVTX range without an end')
        continue
      }
      const said = textOf(row['text'])
      const startNs = this.time(row, 'start', table)
      const durationNs = this.number(row, 'end', table) - this.number(row, 'start', table)
      if (durationNs < 0) throw this.wrong(table, 'end', 'a time behind start', row['end'])
      const pass = passOf(said)
      if (pass !== undefined) {
        const passes = pass.rule === 'profiler-step' ? this.steps : this.serving
        passes.rule = pass.rule
        passes.add(startNs, startNs + durationNs, pass)
        continue
      }
      const name = this.word(said.replace(/, (?:seq|op_id|sizes|input_op_ids) = .*$/s, ''))
      const sizes = /, sizes = (\[.*?\])(?:, \w+ = .*)?$/s.exec(said)?.[1] ?? ''
      const dims = encoder.encode(`${sizes.length <= 4096 ? sizes : ''}        `)
      const length = Math.max(0, dims.length - 8)
      const operator = this.costs.of(name, this.operator(name), { buf: dims, view: new DataView(dims.buffer) }, 0, length, 0, 0)
      addOperator(this.cpu, this.thread(row), startNs, durationNs, -1, operator)
    }
  }

  /** The name of the first GPU that worked, else of the first that the machine has. */
  private gpuName(): string {
    for (const table of ['TARGET_INFO_GPU', 'TARGET_INFO_CUDA_DEVICE', 'TARGET_INFO_CUDA_GPU']) {
      const columns = this.columnsOf(table)
      const column = ['name', 'deviceName', 'gpuName'].find((one) => columns.has(one))
      if (column === undefined) continue
      const id = ['cudaId', 'id', 'deviceId', 'gpuId'].find((one) => columns.has(one))
      const rows = [...this.db.rows(`select ${column} as name, ${id ?? '-1'} as id from ${table} limit 64`)]
      const name = textOf((rows.find((row) => row['id'] === this.processes.firstDevice) ?? rows[0])?.['name']).trim()
      if (name !== '') return name.slice(0, 200)
    }
    return ''
  }

  /** Columns of a real table: no view or virtual table of that name counts. */
  private columnsOf(table: string): ReadonlySet<string> {
    const isTable = [...this.db.rows("select 1 from sqlite_master where type = 'table' and name = ? and sql not like 'create virtual%'", table)].length > 0
    return new Set(isTable ? [...this.db.rows('select name from pragma_table_info(?)', table)].map(({ name }) => String(name)) : [])
  }

  private time(row: Row, field: string, table: string): number {
    const ns = this.number(row, field, table)
    if (Number.isNaN(this.originNs)) this.originNs = ns
    return ns - this.originNs
  }

  private number(row: Row, field: string, table: string): number {
    const value = row[field]
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw this.wrong(table, field, 'whole ns', value)
  }

  private wrong(table: string, field: string, expected: string, found: unknown): BadInput {
    return new BadInput({ file: this.file, field: `${table}.${field}` }, expected, found)
  }

  private whole(row: Row, field: string): number {
    const value = row[field]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : -1
  }

  private thread(row: Row): number {
    const id = this.whole(row, 'globalTid')
    const thread = this.threads.get(id) ?? this.threads.size
    if (this.threads.size < 1_000_000) this.threads.set(id, thread)
    return thread
  }

  private word(text: string): number {
    const bytes = encoder.encode(text)
    const place = (): Place => ({ file: this.file, byteOffset: 0 })
    return this.names.intern(bytes, 0, bytes.length, false, place)
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 8192) : '')
