import type { Spool } from '../trace/spool.js'
import { kindIndex, movesNothing } from '../trace/words.js'
import { COST_BY_DIMS, OP_WIDTH, OWN_TIME, cpuRow, opRow } from './kineto-rows.js'
import { CPU_OP } from './kineto-what.js'
import { OPERATOR_COLUMNS, operatorColumn, type OperatorTable } from './operator-table.js'
import type { TorchOp } from './torch-op.js'

/** What operators of a host became no ops of their own. */
export interface HostDropped {
  /** Within an operator that is kept whole. */
  readonly inside: number
  /** They only call others: their own time is kept, as one op or several. */
  readonly callers: number
  /** They only call others, and have no time but theirs. */
  readonly timeless: number
}

/** So many operators within one that may yet be kept whole; beyond them it only calls others. */
const MAX_HELD = 4096

/** Ranks: what moves nothing, what moves data or is unknown, what computes. */
const rankOf = (kind: number): number => (movesNothing(kind) ? 0 : kind === kindIndex.copy || kind === kindIndex.other ? 1 : 2)

/** Operators of a host's threads as ops that follow each other: at every moment the operator that began last has the time. An operator
 *  whose inside ranks below itself (a norm with its views and copies, views of views) is one op with what runs inside, its cost counted
 *  once; so is one that `isWhole`. Of every other that calls others its own time is kept, as ops of kind `dispatch` (bit `OWN_TIME`).
 *  The durations of a thread's ops add up to the time in which any of its operators is open. */
export function hostTime(cpu: Spool, table: OperatorTable, into: Spool, meaning: (name: number) => TorchOp): HostDropped {
  const frames = new Frames(table, into, meaning)
  const operators = cpu.sorted()
  let thread = -1
  while (operators.next()) {
    const { data, at } = operators
    if (data[at + cpuRow.thread] !== thread) {
      frames.closeBefore(Infinity)
      thread = data[at + cpuRow.thread]!
      frames.thread = thread
    }
    frames.open(data[at + cpuRow.operator]!, data[at + cpuRow.startNs]!, data[at + cpuRow.startNs]! - data[at + cpuRow.minusDurationNs]!)
  }
  frames.closeBefore(Infinity)
  return { inside: frames.inside, callers: frames.callers, timeless: frames.timeless }
}

const frame = { operator: 0, startNs: 1, endNs: 2, reachNs: 3, rank: 4, within: 5, held: 6, opened: 7, inside: 8, callers: 9, timeless: 10, hasOwn: 11 } as const
const FRAME = 12
/** Of an operator that `isWhole`. */
const WHOLE = 3

/** The operators that have begun and not ended, the innermost last. */
class Frames {
  thread = -1
  inside = 0
  callers = 0
  timeless = 0
  private opened = 0
  private depth = 0
  private frames = new Float64Array(FRAME * 64)
  /** Up to where the thread's time is given away. */
  private nowNs = 0
  /** How many of the open ones may yet be kept whole. */
  private undecided = 0
  /** Ops that are not to be if an operator around them is kept whole. */
  private readonly held = new Float64Array((MAX_HELD + 64) * OP_WIDTH)
  private heldCount = 0
  private seq = 0
  /** By operator of the table: its rank. */
  private readonly ranks: number[] = []

  constructor(
    private readonly table: OperatorTable,
    private readonly into: Spool,
    private readonly meaning: (name: number) => TorchOp,
  ) {}

  open(operator: number, startNs: number, endNs: number): void {
    this.closeBefore(startNs)
    const { frames } = this
    this.opened++
    const top = (this.depth - 1) * FRAME
    if (this.depth > 0 && frames[top + frame.rank] === WHOLE) {
      this.inside++
      for (let at = top; at >= 0 && frames[at + frame.reachNs]! < endNs; at -= FRAME) frames[at + frame.reachNs] = endNs
      return
    }
    const rank = this.rankOf(operator)
    if (this.depth > 0) {
      this.giveTime(top, startNs)
      this.tellOuter(top, rank, endNs)
    }
    if ((this.depth + 1) * FRAME > this.frames.length) this.grow()
    const at = this.depth++ * FRAME
    const to = this.frames
    to[at + frame.operator] = operator
    to[at + frame.startNs] = startNs
    to[at + frame.endNs] = to[at + frame.reachNs] = endNs
    to[at + frame.rank] = rank
    to[at + frame.within] = -1
    to[at + frame.held] = this.heldCount
    to[at + frame.opened] = this.opened
    to[at + frame.inside] = this.inside
    to[at + frame.callers] = this.callers
    to[at + frame.timeless] = this.timeless
    to[at + frame.hasOwn] = 0
    this.undecided++
    this.nowNs = startNs
  }

  /** Closes what has ended at `ns`, with all within it. */
  closeBefore(ns: number): void {
    while (this.depth > 0 && this.frames[(this.depth - 1) * FRAME + frame.reachNs]! <= ns) this.close()
  }

  private close(): void {
    const at = --this.depth * FRAME
    const { frames } = this
    const rank = frames[at + frame.rank]!
    if (isOpenToWhole(rank, frames[at + frame.within]!)) {
      this.undecided--
      this.heldCount = frames[at + frame.held]!
      if (rank < WHOLE) {
        this.inside = frames[at + frame.inside]! + this.opened - frames[at + frame.opened]!
        this.callers = frames[at + frame.callers]!
        this.timeless = frames[at + frame.timeless]!
      }
      const startNs = frames[at + frame.startNs]!
      this.nowNs = frames[at + frame.reachNs]!
      this.add(frames[at + frame.operator]!, startNs, this.nowNs - startNs, 0)
      return
    }
    this.giveTime(at, frames[at + frame.endNs]!)
    if (frames[at + frame.hasOwn] === 0) this.timeless++
    else this.callers++
  }

  /** The time up to `ns` belongs to the frame at `at`, which calls others. */
  private giveTime(at: number, ns: number): void {
    const durationNs = ns - this.nowNs
    if (durationNs <= 0) return
    this.frames[at + frame.hasOwn] = 1
    this.add(this.frames[at + frame.operator]!, this.nowNs, durationNs, OWN_TIME)
    this.nowNs = ns
  }

  /** The frame at `top` and those around it hold one of `rank` that ends at `endNs`. */
  private tellOuter(top: number, rank: number, endNs: number): void {
    const { frames } = this
    for (let at = top; at >= 0; at -= FRAME) {
      const own = frames[at + frame.rank]!
      const within = frames[at + frame.within]!
      if (within >= rank && frames[at + frame.reachNs]! >= endNs) return
      if (frames[at + frame.reachNs]! < endNs) frames[at + frame.reachNs] = endNs
      if (within >= rank) continue
      if (isOpenToWhole(own, within) && !isOpenToWhole(own, rank)) this.undecided--
      frames[at + frame.within] = rank
    }
    if (this.undecided === 0) this.flush()
  }

  private add(operator: number, startNs: number, durationNs: number, how: number): void {
    if (this.heldCount >= MAX_HELD) this.decideAll()
    const { held } = this
    const { data: known } = this.table
    const operatorAt = operator * OPERATOR_COLUMNS
    const at = this.heldCount++ * OP_WIDTH
    held[at + opRow.startNs] = held[at + opRow.atNs] = startNs
    held[at + opRow.seq] = this.seq++
    held[at + opRow.durationNs] = durationNs
    held[at + opRow.device] = -1
    held[at + opRow.stream] = this.thread
    held[at + opRow.name] = held[at + opRow.type] = known[operatorAt + operatorColumn.name]!
    held[at + opRow.what] = CPU_OP
    const isOwn = how === OWN_TIME
    for (let i = 0; i < 6; i++) held[at + opRow.dataType + i] = isOwn ? 0 : known[operatorAt + operatorColumn.dataType + i]!
    held[at + opRow.how] = !isOwn && known[operatorAt + operatorColumn.flops]! + known[operatorAt + operatorColumn.bytes]! > 0 ? COST_BY_DIMS : how
    if (this.undecided === 0) this.flush()
  }

  private flush(): void {
    if (this.heldCount === 0) return
    this.into.addAll(this.held, this.heldCount)
    this.heldCount = 0
  }

  /** None of the open ones is kept whole. */
  private decideAll(): void {
    const { frames } = this
    for (let at = 0; at < this.depth * FRAME; at += FRAME) if (frames[at + frame.rank]! < WHOLE) frames[at + frame.within] = WHOLE
    this.undecided = 0
    this.flush()
  }

  private rankOf(operator: number): number {
    let rank = this.ranks[operator]
    if (rank === undefined) {
      const { kind, isWhole } = this.meaning(this.table.at(operator, operatorColumn.name))
      this.ranks[operator] = rank = isWhole ? WHOLE : rankOf(kind)
    }
    return rank
  }

  private grow(): void {
    const wider = new Float64Array(this.frames.length * 2)
    wider.set(this.frames)
    this.frames = wider
  }
}

/** Whether an operator that holds nothing above rank `within` (-1: nothing at all) is kept whole. */
const isOpenToWhole = (rank: number, within: number): boolean => within < rank || rank === WHOLE || (rank === 0 && within === 0)
