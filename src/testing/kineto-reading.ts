import type { KinetoEvents } from '../formats/kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH, cpuRow } from '../formats/kineto-rows.js'
import { OPERATOR_COLUMNS, operatorColumn } from '../formats/operator-table.js'
import type { Spool } from '../trace/spool.js'

/** All that was read of a file to its end, with an operator's name and cost in the place of its number. Throws `BadInput`. */
export function kinetoReading(events: KinetoEvents): unknown {
  const ending = events.scanner.finish()
  const { operators } = events
  const called = Array.from({ length: operators.length }, (_, row) =>
    [events.names.text(operators.at(row, operatorColumn.name)), ...operators.data.subarray(row * OPERATOR_COLUMNS + 1, (row + 1) * OPERATOR_COLUMNS)].join(' '),
  )
  const rows = (spool: Spool, width: number, own = -1): unknown[] => {
    const all: unknown[] = []
    for (const sorted = spool.sorted(); sorted.next();)
      all.push(Array.from(sorted.data.subarray(sorted.at, sorted.at + width), (value, column) => (column === own ? called[value] : value)))
    return all
  }
  return {
    ending,
    gpu: rows(events.gpu, GPU_WIDTH),
    launches: rows(events.launches, LAUNCH_WIDTH),
    cpu: rows(events.cpu, CPU_WIDTH, cpuRow.operator),
    names: Array.from({ length: events.names.length }, (_, id) => events.names.text(id)),
    passes: [events.serving.length, events.steps.length, events.deviceName],
    skipped: [true, false].map((isDevice) => events.leftOut(isDevice).record()),
  }
}
