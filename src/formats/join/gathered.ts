import { opColumns, type OpField } from '../../trace/trace.js'
import type { Spool, SpoolReader } from '../../trace/spool.js'
import { noHash } from '../../base/hash.js'
import { TraceWriter, opFields, type HeaderFacts, type WrittenTrace } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'

/** Where a field lies in a gathered row; its first two columns are the start and the index of the op. */
export const gatheredField = Object.fromEntries(opFields.map((field, i) => [field, i + 2])) as Record<OpField, number>
const WIDTH = Object.keys(opColumns).length + 2

/** Every op of one reading, out of memory until it is joined. */
export class Gathered {
  readonly ops: Spool
  /** A row a dependency: op, the op that it waits for. */
  private readonly edges: Spool
  private done: WrittenTrace | undefined

  constructor(tools: ImportTools) {
    this.ops = tools.spool(WIDTH, 2)
    this.edges = tools.spool(2, 1)
  }

  async read(reading: (into: TraceWriter) => Promise<HeaderFacts>, onOp: (data: Float64Array) => void): Promise<void> {
    let op = 0
    const writer = new TraceWriter((chunk) => {
      let edge = 0
      for (let i = 0; i < chunk.ops.length; i++, op++) {
        const { row } = this.ops
        row[0] = chunk.ops.startNs[i]!
        row[1] = op
        for (const field of opFields) row[gatheredField[field]] = chunk.ops[field][i]!
        onOp(row)
        this.ops.add()
        for (let count = chunk.afterCount[i]!; count > 0; count--) {
          this.edges.row[0] = op
          this.edges.row[1] = op - chunk.afterBack[edge++]!
          this.edges.add()
        }
      }
    }, noHash())
    this.done = writer.finish(await reading(writer))
  }

  get written(): WrittenTrace {
    return this.done!
  }

  /** The dependencies of ops asked for in order. */
  dependencies(): (op: number, each: (on: number) => void) => void {
    const reader: SpoolReader = this.edges.sorted()
    let has = reader.next()
    return (op, each) => {
      for (; has && reader.data[reader.at]! <= op; has = reader.next()) if (reader.data[reader.at] === op) each(reader.data[reader.at + 1]!)
    }
  }

  close(): void {
    this.ops.close()
    this.edges.close()
  }
}
