import { dataTypeIndex, dataTypes, kindIndex, opKinds, type DataType, type OpKind } from '../../trace/words.js'
import { kindOfKernel, kindOfTorchOp } from '../torch-kinds.js'
import { kindOfOpWord } from '../op-roles.js'

/** Inputs or outputs of a node as they stand in the file: texts in Python's notation. */
export interface NodeTensors {
  readonly values: string
  readonly shapes: string
  readonly types: string
}

/** What the tensors of a node say. */
export interface NodeCost {
  /** A tensor of it lies on a GPU. */
  readonly isOnGpu: boolean
  readonly dataType: DataType
  readonly flops?: number
  readonly bytes?: number
  readonly m?: number
  readonly n?: number
  readonly k?: number
}

interface Tensor {
  readonly shape: readonly number[]
  readonly elements: number
  readonly bytes: number
  readonly dataType: DataType
}

const typeOf: Readonly<Record<string, readonly [dataType: DataType, bytes: number]>> = {
  float: ['f32', 4],
  double: ['f64', 8],
  'c10::Half': ['f16', 2],
  'c10::BFloat16': ['bf16', 2],
  'signed char': ['int8', 1],
  'unsigned char': ['int8', 1],
  int: ['int32', 4],
  'long int': ['int64', 8],
  long: ['int64', 8],
  bool: ['unknown', 1],
}
/** Kernels around a product that prepare it or change the form of its data: the shapes of its operator are not what they compute. */
const helper = /winograd\w*(data|filter|delta|output|tiles)|compute\w*offsets|splitKreduce|scalePackedTensor|nchwToNhwc|nhwcToNchw/i

/** The kind of a node by its name: an operator of PyTorch (`aten::mm(0)`, the part before its first kernel) or a kernel. */
export function kindOfNode(name: string, isCpu: boolean): OpKind {
  const bare = name.replace(/\(\d+\)$/, '')
  if (helper.test(bare)) return 'copy'
  const index = isCpu || (bare.includes('::') && !/[<(]/.test(bare)) ? kindOfTorchOp(bare) : kindOfKernel(bare)
  return index === kindIndex.other && !/[:<(]/.test(bare) ? kindOfOpWord(bare) : opKinds[index]!
}

/** FLOPs and bytes of a kernel by the shapes of the operator that launched it. Undefined: they cannot be read. */
export function costOfNode(kind: OpKind, name: string, inputs: NodeTensors | undefined, outputs: NodeTensors | undefined): NodeCost | undefined {
  if (inputs === undefined) return undefined
  const ins = tensorsOf(inputs)
  const outs = outputs === undefined ? [] : tensorsOf(outputs)
  if (ins === undefined || outs === undefined) return undefined
  const isOnGpu = /'(cuda|hip|xpu)(:\d+)?'/.test(inputs.values)
  const first = [...ins, ...outs].find((tensor) => dataTypeIndex[tensor.dataType] !== 0)
  const out = outs[0] ?? ins[0]
  const cost = { isOnGpu, dataType: first?.dataType ?? dataTypes[0] }
  if (out === undefined || kind === 'other' || helper.test(name)) return cost
  const moved = (of: readonly Tensor[]): number => of.reduce((sum, tensor) => sum + tensor.bytes, 0)
  if (kind === 'matmul') {
    const product = convolution(ins, outs) ?? matrices(ins, outs)
    return product === undefined ? cost : { ...cost, ...product }
  }
  const bytes = kind === 'copy' ? 2 * moved(outs.length > 0 ? outs : ins) : moved(ins) + moved(outs)
  const flops = kind === 'copy' || kind === 'communication' ? 0 : out.elements * (kind === 'elementwise' ? 1 : 4)
  return { ...cost, ...safe({ flops, bytes }) }
}

/** A convolution: input and weight, or in a backward pass the output's gradient ahead of them, of which each kernel computes one
 *  gradient of as many FLOPs as the forward pass. */
function convolution(ins: readonly Tensor[], outs: readonly Tensor[]): Partial<NodeCost> | undefined {
  const wide = ins.filter(({ shape }) => shape.length >= 4)
  const weight = wide.at(-1)
  const product = wide.length === 3 ? wide[0] : wide.length === 2 ? outs[0] : undefined
  if (weight === undefined || product === undefined || product.shape.length < 4) return undefined
  const [n, k] = [weight.shape[0]!, weight.elements / weight.shape[0]!]
  const m = product.elements / n
  const result = wide.length === 3 ? 0 : product.bytes // a gradient is as large as what it is the gradient of
  return shaped(m, n, k, wide.reduce((sum, { bytes }) => sum + bytes, result))
}

/** A product of matrices: the two inputs that follow each other and share a side. */
function matrices(ins: readonly Tensor[], outs: readonly Tensor[]): Partial<NodeCost> | undefined {
  const out = outs[0]
  if (out === undefined || out.shape.length < 1) return undefined
  for (let i = 0; i + 1 < ins.length; i++) {
    const [a, b] = [ins[i]!, ins[i + 1]!]
    const k = a.shape.at(-1)!
    const n = out.shape.at(-1)!
    if (a.shape.length < 2 || b.shape.length < 2 || !b.shape.slice(-2).includes(k) || !b.shape.slice(-2).includes(n)) continue
    return shaped(out.elements / n, n, k, a.bytes + b.bytes + out.bytes)
  }
  return undefined
}

function shaped(m: number, n: number, k: number, bytes: number): Partial<NodeCost> | undefined {
  const isWhole = [m, n, k].every((side) => Number.isInteger(side) && side > 0 && side < 2 ** 32)
  return isWhole ? { m, n, k, ...safe({ flops: 2 * m * n * k, bytes }) } : undefined
}

const safe = <T extends { flops: number; bytes: number }>(cost: T): Partial<T> =>
  Object.fromEntries(Object.entries(cost).filter(([, value]) => Number.isSafeInteger(value))) as Partial<T>

/** The tensors of a list, those within lists too. Undefined: it is not in the notation. */
function tensorsOf({ shapes, types }: NodeTensors): Tensor[] | undefined {
  try {
    const found: Tensor[] = []
    const shapeList = JSON.parse(shapes) as unknown
    const typeList = JSON.parse(types.replaceAll("'", '"')) as unknown
    if (!Array.isArray(shapeList) || !Array.isArray(typeList)) return undefined
    for (const [i, type] of typeList.entries()) if (typeof type === 'string' && type.includes('Tensor(')) gather(shapeList[i], wordsOf(type), found)
    return found
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const wordsOf = (type: string): readonly string[] => Array.from(type.matchAll(/Tensor\(([^()]*)\)/g), ([, word]) => word!)

function gather(shape: unknown, words: readonly string[], into: Tensor[]): void {
  if (!Array.isArray(shape)) return
  const sides = shape as unknown[]
  if (sides.length > 0 && sides.every((side) => Array.isArray(side))) return sides.forEach((side, i) => gather(side, [words[i] ?? words[0] ?? ''], into))
  if (!sides.every((side) => Number.isSafeInteger(side) && (side as number) >= 0)) return
  const elements = (sides as number[]).reduce((product, side) => product * side, 1)
  const word = words[0] ?? ''
  const [dataType, bytes] = (Object.hasOwn(typeOf, word) ? typeOf[word] : undefined) ?? ['unknown', 0]
  into.push({ shape: sides as number[], elements, bytes: elements * bytes, dataType })
}
