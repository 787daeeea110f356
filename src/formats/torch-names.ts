import type { RowSink } from '../trace/spool.js'
import type { ByteStrings } from './byte-strings.js'
import { kernelType } from './kernel-types.js'
import { cpuRow } from './kineto-rows.js'
import { kindOfKernel } from './torch-kinds.js'
import { torchOp, type TorchOp } from './torch-op.js'

/** A thread's number: its process's word × this + its own word. */
export const THREAD_BASE = 0x4_0000

/** A name is looked at no further. */
const MAX_NAME = 2048

/** What is known by a kernel's name: indices into `opKinds` and `dataTypes`, and whether the type stands in its template. */
export interface NamedKernel {
  readonly kind: number
  readonly dataType: number
  readonly isTypeInTemplate: boolean
}

/** What names of PyTorch's operators and of kernels mean, each looked up once. */
export class TorchNames {
  private readonly operators: TorchOp[] = []
  private readonly kernels: NamedKernel[] = []

  constructor(private readonly names: ByteStrings) {}

  /** What is known by an operator's name. */
  operator(name: number): TorchOp {
    return (this.operators[name] ??= torchOp(this.names.text(name)))
  }

  /** What is known by a kernel's name. */
  kernel(name: number): NamedKernel {
    return (this.kernels[name] ??= namedKernel(this.names.text(name)))
  }
}

function namedKernel(name: string): NamedKernel {
  const text = name.slice(0, MAX_NAME)
  const { dataType, rule } = kernelType(text)
  return { kind: kindOfKernel(text), dataType, isTypeInTemplate: rule === 'kernel-template' }
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
