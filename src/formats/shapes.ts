/** Lists of tensor shapes and their element types, read from bytes into arrays that are used again. */
import { dataTypeIndex, type DataType } from '../trace/words.js'

const MAX_TENSORS = 64
const MAX_DIMS = 512

/** The tensors of one operator, inputs or outputs. */
export class Shapes {
  count = 0
  /** Dims of tensor i: `dims[first[i]] … dims[first[i + 1] - 1]`. */
  readonly first = new Int32Array(MAX_TENSORS + 1)
  readonly dims = new Float64Array(MAX_DIMS)
  /** Index into `dataTypes` and bytes an element; 0: unknown. */
  readonly dataType = new Uint8Array(MAX_TENSORS)
  readonly elementBytes = new Float64Array(MAX_TENSORS)
  /** Some tensors did not fit, or a shape had something else than whole numbers in it. */
  isPartial = false

  rank(tensor: number): number {
    return tensor < this.count ? this.first[tensor + 1]! - this.first[tensor]! : 0
  }

  /** Dimension `i` of a tensor, from the end when below 0; 0 when there is none. */
  dim(tensor: number, i: number): number {
    const rank = this.rank(tensor)
    const at = i < 0 ? rank + i : i
    return at >= 0 && at < rank ? this.dims[this.first[tensor]! + at]! : 0
  }

  /** 0 for a scalar: it is no tensor that counts. */
  elements(tensor: number): number {
    const rank = this.rank(tensor)
    if (rank === 0) return 0
    let product = 1
    for (let i = 0; i < rank; i++) product *= this.dim(tensor, i)
    return product
  }

  bytes(): number {
    let sum = 0
    for (let tensor = 0; tensor < this.count; tensor++) sum += this.elements(tensor) * this.elementBytes[tensor]!
    return sum
  }

  clear(): void {
    this.count = 0
    this.isPartial = false
  }

  /** ONNX Runtime: `[{"float":[1,8,128]},{"float16":[]}]`. */
  readOrt(buf: Uint8Array, from: number, to: number): void {
    this.clear()
    let used = 0
    for (let at = from + 1; at < to; at++) {
      if (buf[at] !== 34) continue
      const wordFrom = ++at
      while (at < to && buf[at] !== 34) at++
      const type = this.elementType(buf, wordFrom, at)
      while (at < to && buf[at] !== 91) at++
      if (this.count === MAX_TENSORS) return this.partly()
      this.first[this.count] = used
      const dimsFrom = at
      at = this.readDims(buf, at, to, used)
      if (at < 0) {
        at = dimsFrom
        while (at < to && buf[at] !== 93) at++
      } else used = this.ended
      this.dataType[this.count] = type.dataType
      this.elementBytes[this.count] = type.bytes
      this.first[++this.count] = used
    }
  }

  /** PyTorch: `[[8, 4096], [], [[2, 3], [4]], 5]`; of a list of tensors nothing is read. */
  readTorch(buf: Uint8Array, from: number, to: number): void {
    this.clear()
    let used = 0
    let at = from + 1
    while (at < to) {
      const c = buf[at]!
      if (c !== 91) {
        at++
        continue
      }
      if (this.count === MAX_TENSORS) return this.partly()
      this.first[this.count] = used
      const end = this.readDims(buf, at, to, used)
      if (end >= 0) {
        used = this.ended
        at = end + 1
      } else at = skipList(buf, at, to)
      this.dataType[this.count] = 0
      this.elementBytes[this.count] = 0
      this.first[++this.count] = used
    }
  }

  /** PyTorch's `["float", "c10::BFloat16", "Scalar"]`, one word an input. */
  readTorchTypes(buf: Uint8Array, from: number, to: number): void {
    let tensor = 0
    for (let at = from + 1; at < to && tensor < this.count; at++) {
      if (buf[at] !== 34) continue
      const wordFrom = ++at
      while (at < to && buf[at] !== 34) at++
      const type = this.elementType(buf, wordFrom, at)
      this.dataType[tensor] = type.dataType
      this.elementBytes[tensor++] = type.bytes
    }
  }

  /** Where the dims read last ended in `dims`. */
  private ended = 0

  /** Reads `[1, 2]` at `at` behind `used`; the index of its `]`, or -1 when it holds anything but whole numbers. */
  private readDims(buf: Uint8Array, at: number, to: number, used: number): number {
    this.ended = used
    let value = -1
    for (at++; at < to; at++) {
      const c = buf[at]!
      if (c >= 48 && c <= 57) value = (value < 0 ? 0 : value * 10) + (c - 48)
      else if (c === 44 || c === 93) {
        if (value >= 0) {
          if (this.ended === MAX_DIMS || value > 1e12) break
          this.dims[this.ended++] = value
        }
        value = -1
        if (c === 93) return at
      } else if (c > 32) break
    }
    this.ended = used
    this.isPartial = true
    return -1
  }

  private partly(): void {
    this.isPartial = true
  }

  /** Types by length and two bytes, so that a word that was met is not made a string again. */
  private readonly met: (ElementType & { word: Uint8Array })[] = []

  private elementType(buf: Uint8Array, from: number, to: number): ElementType {
    const length = to - from
    if (length === 0 || length > 40) return unknownType
    const home = (length * 31 + buf[from]! * 7 + buf[to - 1]!) & 127
    const known = this.met[home]
    if (known !== undefined && known.word.length === length) {
      let same = 0
      while (same < length && known.word[same] === buf[from + same]) same++
      if (same === length) return known
    }
    const word = buf.slice(from, to)
    const type = { ...(elementTypes.get(String.fromCharCode(...word)) ?? unknownType), word }
    this.met[home] = type
    return type
  }
}

function skipList(buf: Uint8Array, at: number, to: number): number {
  let depth = 0
  for (; at < to; at++) {
    if (buf[at] === 91) depth++
    else if (buf[at] === 93 && --depth === 0) return at + 1
  }
  return at
}

interface ElementType {
  readonly dataType: number
  readonly bytes: number
}
const unknownType: ElementType = { dataType: 0, bytes: 0 }
const elementTypes = new Map<string, ElementType>()
function define(words: string, dataType: DataType, bytes: number): void {
  for (const word of words.split(' ')) elementTypes.set(word, { dataType: dataTypeIndex[dataType], bytes })
}
define('float float32', 'f32', 4)
define('double float64', 'f64', 8)
define('float16 c10::Half Half', 'f16', 2)
define('bfloat16 c10::BFloat16 BFloat16', 'bf16', 2)
define('int8 uint8 bool signed_char unsigned_char', 'int8', 1)
elementTypes.set('signed char', elementTypes.get('int8')!)
elementTypes.set('unsigned char', elementTypes.get('int8')!)
define('int int32 uint32', 'int32', 4)
define('long int64 uint64', 'int64', 8)
for (const word of ['long int', 'long long', 'unsigned long', 'unsigned long long']) elementTypes.set(word, { dataType: dataTypeIndex.int64, bytes: 8 })
define('short int16 uint16', 'int32', 2)
define('int4 uint4', 'int4', 0.5)
define('float8e4m3fn float8e5m2 c10::Float8_e4m3fn c10::Float8_e5m2 c10::Float8_e4m3fnuz c10::Float8_e5m2fnuz', 'f8', 1)
define('c10::Float4_e2m1fn_x2', 'f4', 1)
