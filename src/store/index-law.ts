import { BrokenLaw } from '../base/errors.js'
import type { OpField, OpTable, TraceHeader } from '../trace/trace.js'
import { wordLists } from './op-words.js'

const indexFields = [
  'kind',
  'phase',
  'dataType',
  'processor',
  'lane',
  'request',
  'type',
  'name',
  'tensor',
  'rules',
] as const satisfies readonly OpField[]

/** Watches the index columns of a trace as it is written: what the header does not hold at the end is a bug of the
 *  importer, said here and not when the trace is read years later. */
export function indexLaw(): { see(ops: OpTable): void; hold(header: TraceHeader, strings: readonly string[]): void } {
  const greatest = indexFields.map(() => -1)
  return {
    see(ops) {
      for (const [f, field] of indexFields.entries()) {
        const column = ops[field]
        let most = greatest[f]!
        for (let i = 0; i < column.length; i++) if (column[i]! > most) most = column[i]!
        greatest[f] = most
      }
    },
    hold(header, strings) {
      const lists = wordLists(header, strings)
      for (const [f, field] of indexFields.entries()) {
        const length = lists[field]?.words.length ?? Infinity
        if (greatest[f]! >= length) throw new BrokenLaw(`an op's ${field} is ${greatest[f]}, but the trace has ${length} of them`)
      }
    },
  }
}
