import type { RowSink } from '../trace/spool.js'
import type { ByteStrings } from './byte-strings.js'
import { cpuRow } from './kineto-rows.js'
import { torchOp, type TorchOp } from './torch-cost.js'
import { dataTypeOfKernel, kindOfKernel } from './torch-kinds.js'

/** A thread's number: its process's word × this + its own word. */
export const THREAD_BASE = 0x4_0000

/** What names of PyTorch's operators and of kernels mean, each looked up once. */
export class TorchNames {
  private readonly operators: TorchOp[] = []
  private readonly kernels: { kind: number; dataType: number }[] = []

  constructor(private readonly names: ByteStrings) {}

  /** What is known by an operator's name. */
  operator(name: number): TorchOp {
    return (this.operators[name] ??= torchOp(this.names.text(name)))
  }

  /** What is known by a kernel's name. */
  kernel(name: number): { kind: number; dataType: number } {
    const text = this.names.text(name)
    return (this.kernels[name] ??= { kind: kindOfKernel(text), dataType: dataTypeOfKernel(text) })
  }
}

/** Adds a call of an operator to a spool of `cpuRow`s. `external` -1: the file links nothing to it by id. */
export function addOperator(cpu: RowSink, thread: number, startNs: number, durationNs: number, external: number, operator: number): void {
  const { row } = cpu
  row[cpuRow.thread] = thread
  row[cpuRow.startNs] = startNs
  row[cpuRow.minusDurationNs] = -durationNs
  row[cpuRow.external] = external
  row[cpuRow.operator] = operator
  cpu.add()
}
