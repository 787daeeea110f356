import { kindIndex } from '../trace/words.js'
import type { Spool } from '../trace/spool.js'
import { OPERATOR_COLUMNS, operatorColumn, type OperatorTable } from './operator-table.js'
import type { LaunchFacts } from './kineto-launches.js'
import { BY_CONTAINMENT, BY_EXTERNAL_ID, COST_BY_DIMS, LAUNCH, NO_LAUNCH, cpuRow, gpuRow, launchedRow, opRow } from './kineto-rows.js'
import { KERNEL } from './kineto-what.js'

/** Launches × CPU operators by time, one sweep over both in order of thread and time with the stack of operators
 *  that are open. An operator whose `External id` is the kernel's counts only when it is one of those; else the
 *  innermost one does. Its FLOPs and bytes go to one kernel only: the first that `takesCost` says does its work. Tails of what was
 *  launched before the recording are left out. */
export function joinOperators(
  launched: Spool,
  cpu: Spool,
  table: OperatorTable,
  into: Spool,
  takesCost: (type: number, kernel: number) => boolean,
  facts: LaunchFacts,
): void {
  const work = launched.sorted()
  const operators = cpu.sorted()
  const { row } = into
  const open = new OpenOperators()
  let hasOperator = operators.next()
  let thread = -1
  while (work.next()) {
    const { data, at } = work
    const gpuAt = at + launchedRow.gpu
    const launchNs = data[at + launchedRow.launchNs]!
    if (data[at + launchedRow.how] === NO_LAUNCH && facts.isTail(data[gpuAt + gpuRow.device]!, data[gpuAt + gpuRow.startNs]!)) continue
    if (data[at + launchedRow.thread] !== thread) {
      thread = data[at + launchedRow.thread]!
      open.depth = 0
    }
    while (hasOperator) {
      const { data: called, at: callAt } = operators
      const before = called[callAt + cpuRow.thread]! - thread
      if (before > 0 || (before === 0 && called[callAt + cpuRow.startNs]! > launchNs)) break
      if (before === 0) open.push(called, callAt)
      hasOperator = operators.next()
    }
    open.closeBefore(launchNs)
    let owner = -1
    let how = 0
    if (open.depth > 0 && data[at + launchedRow.how] === LAUNCH) {
      owner = open.linked(data[gpuAt + gpuRow.external]!, launchNs)
      how = owner < 0 ? BY_CONTAINMENT : BY_EXTERNAL_ID
      if (owner < 0) owner = open.depth - 1
    }
    const what = data[gpuAt + gpuRow.what]!
    row[opRow.startNs] = data[gpuAt + gpuRow.startNs]!
    row[opRow.seq] = data[gpuAt + gpuRow.seq]!
    row[opRow.durationNs] = data[gpuAt + gpuRow.durationNs]!
    row[opRow.device] = data[gpuAt + gpuRow.device]!
    row[opRow.stream] = data[gpuAt + gpuRow.stream]!
    row[opRow.name] = data[gpuAt + gpuRow.name]!
    row[opRow.what] = what
    row[opRow.atNs] = launchNs
    const operatorAt = owner < 0 ? -1 : open.operator[owner]! * OPERATOR_COLUMNS
    row[opRow.type] = owner < 0 ? -1 : table.data[operatorAt + operatorColumn.name]!
    for (let i = opRow.dataType; i <= opRow.bytes; i++) row[i] = 0
    if (owner >= 0 && what === KERNEL) {
      const { data: known } = table
      row[opRow.dataType] = known[operatorAt + operatorColumn.dataType]!
      const hasCost = open.isTaken[owner] === 0 && known[operatorAt + operatorColumn.flops]! + known[operatorAt + operatorColumn.bytes]! > 0
      if (hasCost && takesCost(row[opRow.type]!, row[opRow.name]!)) {
        for (let i = 0; i < 5; i++) row[opRow.m + i] = known[operatorAt + operatorColumn.m + i]!
        open.isTaken[owner] = 1
        how |= COST_BY_DIMS
      }
    } else row[opRow.bytes] = data[gpuAt + gpuRow.bytes]!
    row[opRow.how] = how
    into.add()
  }
}

/** The operators that have begun and not ended, the innermost last. */
class OpenOperators {
  depth = 0
  operator = new Float64Array(64)
  /** Whether a kernel has taken its cost. */
  isTaken = new Uint8Array(64)
  private endNs = new Float64Array(64)
  private external = new Float64Array(64)

  /** Opens the operator of a `cpuRow`, when those that ended before it are closed. */
  push(data: Float64Array, at: number): void {
    const startNs = data[at + cpuRow.startNs]!
    this.closeBefore(startNs)
    if (this.depth === this.operator.length) this.grow()
    const i = this.depth++
    this.endNs[i] = startNs - data[at + cpuRow.minusDurationNs]!
    this.external[i] = data[at + cpuRow.external]!
    this.operator[i] = data[at + cpuRow.operator]!
    this.isTaken[i] = 0
  }

  closeBefore(ns: number): void {
    while (this.depth > 0 && this.endNs[this.depth - 1]! < ns) this.depth--
  }

  /** The innermost one of this `External id` that is open at `ns`; -1: none, or no id. */
  linked(external: number, ns: number): number {
    let i = external < 0 ? -1 : this.depth - 1
    while (i >= 0 && (this.external[i] !== external || this.endNs[i]! < ns)) i--
    return i
  }

  private grow(): void {
    const wider = <A extends Float64Array | Uint8Array>(old: A, fresh: A): A => {
      fresh.set(old)
      return fresh
    }
    const length = this.depth * 2
    this.operator = wider(this.operator, new Float64Array(length))
    this.endNs = wider(this.endNs, new Float64Array(length))
    this.external = wider(this.external, new Float64Array(length))
    this.isTaken = wider(this.isTaken, new Uint8Array(length))
  }
}

/** Calls `onPass` for every embedding operator that begins a forward pass: one with a matmul between it and the
 *  embedding before. `tokens` of each of `batch` sequences. */
export function embeddingPasses(
  cpu: Spool,
  table: OperatorTable,
  kindOf: (name: number) => number,
  onPass: (startNs: number, endNs: number, tokens: number, batch: number) => void,
): void {
  const operators = cpu.sorted()
  let thread = -1
  let hasMatmul = true
  while (operators.next()) {
    const { data, at } = operators
    if (data[at + cpuRow.thread] !== thread) {
      thread = data[at + cpuRow.thread]!
      hasMatmul = true
    }
    const startNs = data[at + cpuRow.startNs]!
    const operator = data[at + cpuRow.operator]!
    const tokens = table.at(operator, operatorColumn.tokens)
    if (table.at(operator, operatorColumn.m) > 0 && kindOf(table.at(operator, operatorColumn.name)) === kindIndex.matmul) hasMatmul = true
    else if (tokens > 0 && hasMatmul) {
      onPass(startNs, startNs - data[at + cpuRow.minusDurationNs]!, tokens, table.at(operator, operatorColumn.batch))
      hasMatmul = false
    }
  }
}
