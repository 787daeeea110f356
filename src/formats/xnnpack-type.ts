import type { DataType } from '../trace/words.js'

/** XNNPACK writes types into its names: `Convolution (NHWC, QU8) GEMM`, `Fully Connected (NC, QD8, F32, QB4W) GEMM` (of input,
 *  output, weights). Weights of four bits are what such an operator reads most of. */
export function xnnpackType(name: string): DataType | undefined {
  const words = /\(([^)]{1,60})\)/.exec(name)?.[1]?.split(/,\s*/) ?? []
  const types = words.flatMap((word) => /^(F32|F16|BF16|QU8|QS8|QC8W?|QD8|QP8|QB4W?|QC4W?)$/.exec(word)?.[1] ?? [])
  if (types.some((type) => /^Q[BC]4/.test(type))) return 'int4'
  const [first] = types
  return first === undefined ? undefined : first === 'F32' ? 'f32' : first === 'F16' ? 'f16' : first === 'BF16' ? 'bf16' : 'int8'
}
