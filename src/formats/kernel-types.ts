import { dataTypeIndex, type DataType } from '../trace/words.js'
import { describedKernel } from './torch-kinds.js'

/** Words in a kernel's own name, first match wins: the narrowest type is the one that its weights have. */
const functionWords: readonly (readonly [RegExp, DataType])[] = [
  [/mxfp4|nvfp4|e2m1|fp4/i, 'f4'],
  [/e4m3|e5m2|fp8/i, 'f8'],
  [/bf16|bfloat16|_BBS_/i, 'bf16'],
  [/fp16|(^|[^a-z])half([^a-z]|$)|hgemm|_HHS_|f16f16/i, 'f16'],
  [/sgemm|scudnn|f32f32|tf32|_SB_/i, 'f32'],
  [/int8|i8i8|imma/i, 'int8'],
]

/** Types of elements as template arguments; what is none of these (indices, sizes, functors, accumulators within them) says nothing. */
const elementTypes: readonly (readonly [RegExp, DataType])[] = [
  [/^(float|f32)$/, 'f32'],
  [/^double$/, 'f64'],
  [/^(c10::|at::)?Half$|^(__)?half2?$|^cutlass::half_t$|^_Float16$/, 'f16'],
  [/^(c10::|at::)?BFloat16$|^__(nv|hip)_bfloat16(2|_raw)?$|^hip_bfloat16$|^cutlass::bfloat16_t$/, 'bf16'],
  [/^c10::Float8_e\dm\d\w*$|^__(nv|hip)_fp8_e\dm\d\w*$|^cutlass::float_e\dm\d_t$/, 'f8'],
  [/^cutlass::(float_e2m1_t|mx_float4_t\b.*|nv_float4_t\b.*)$|^__nv_fp4_e2m1$/, 'f4'],
]

const MAX_ARGUMENTS = 64

/** What a kernel's name says of the type that it computes in, and where; index into `dataTypes`, 0 when it says nothing. */
export interface KernelType {
  readonly dataType: number
  readonly rule: 'kernel-name' | 'kernel-template'
}

/** The word in the kernel's own name, else the one floating type among the arguments of its template. Two different ones (operand
 *  and accumulator, input and output) do not tell which it computes in. */
export function kernelType(fullName: string): KernelType {
  const name = fullName.replace(/\(anonymous namespace\)|<unnamed>/g, 'anonymous')
  const open = name.indexOf('<')
  const own = describedKernel(name) ?? ownName(name, open)
  const word = functionWords.find(([pattern]) => pattern.test(own))?.[1]
  if (word !== undefined) return { dataType: dataTypeIndex[word], rule: 'kernel-name' }
  const types = new Set<DataType>()
  if (open >= 0) collect(name, name.startsWith('std::enable_if') ? name.indexOf('<', Math.max(open, name.indexOf('>::type'))) : open, types)
  const [only] = types
  return { dataType: types.size === 1 ? dataTypeIndex[only!] : 0, rule: 'kernel-template' }
}

function ownName(name: string, open: number): string {
  if (name.startsWith('std::enable_if')) return /::type\s+([\w:]+)/.exec(name)?.[1] ?? ''
  const call = name.indexOf('(')
  const end = open >= 0 && (call < 0 || open < call) ? open : call
  return end > 0 ? name.slice(0, end) : name
}

/** The element types among the arguments of the template that opens at `open`, and of what bundles them: traits, parameters, problems. */
function collect(name: string, open: number, types: Set<DataType>): void {
  if (open < 0) return
  for (const argument of templateArguments(name, open)) {
    const type = elementTypes.find(([pattern]) => pattern.test(argument))?.[1]
    if (type !== undefined) types.add(type)
    else if (/^[\w:]*(traits|Params|Problem|Config|TensorAccessor\w*)</i.test(argument)) collect(argument, argument.indexOf('<'), types)
  }
}

/** `<a, b<c, d>, (e)1>` → `a`, `b<c, d>`, `(e)1`; those that were cut off are left out. */
function templateArguments(name: string, open: number): string[] {
  const found: string[] = []
  let depth = 0
  let from = open + 1
  for (let at = open; at < name.length && found.length < MAX_ARGUMENTS; at++) {
    const char = name[at]!
    if (char === '<' || char === '(' || char === '{') depth++
    else if (char === '>' || char === ')' || char === '}') depth--
    if (depth > 1 || (depth === 1 && char !== ',') || (depth === 0 && char !== '>')) continue
    found.push(name.slice(from, at).trim())
    from = at + 1
    if (depth === 0) break
  }
  return found
}
