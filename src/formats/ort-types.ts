import { kindIndex } from '../trace/words.js'
import { isControlFlow, kindOfOrtType } from './ort-kinds.js'

/** What an operator's type says once for all of its calls. */
export interface OrtType {
  readonly text: string
  /** Index into `opKinds`. */
  readonly kind: number
  readonly isFlow: boolean
  /** It computes in whole numbers, whatever its scales are. */
  readonly isInteger: boolean
  readonly isConv: boolean
  readonly isTransposed: boolean
  readonly isRecurrent: boolean
  /** Its weights are packed in blocks. */
  readonly isBlocks: boolean
  readonly isGemm: boolean
  readonly isDynamic: boolean
  /** What it sums is none of shapes: a mixture of experts, any Einstein sum. */
  readonly isUnknownSum: boolean
  /** Which input the weight is: quantised operators give a scale and a zero point behind each tensor. */
  readonly weight: number
  readonly isLayerNorm: boolean
  /** Attention with the projections in front of it; with keys of a sequence of their own. */
  readonly isFusedAttention: boolean
  readonly isMultiHead: boolean
  /** Only decoders of language models have it. */
  readonly isDecoder: boolean
}

const DECODER = /^(?:GroupQueryAttention|DecoderMasked\w+|SparseAttention|PagedAttention|LinearAttention|(?:Gemma)?RotaryEmbedding|MatMulNBits|MatMulBnb4|MatMulFpQ4|GatherBlockQuantized|QMoE)$/

export function ortType(text: string): OrtType {
  const isFlow = isControlFlow(text)
  return {
    text,
    kind: isFlow ? kindIndex.other : kindOfOrtType(text),
    isFlow,
    isInteger: /QLinear|Integer|uantize|^QGemm|^QAttention|^Cast$/.test(text),
    isConv: text.includes('Conv'),
    isTransposed: text.includes('Transpose'),
    isRecurrent: /^(?:LSTM|GRU|RNN|DynamicQuantizeLSTM)$/.test(text),
    isBlocks: /^MatMul(?:NBits|Bnb4|FpQ4)$/.test(text),
    isGemm: text.includes('Gemm'),
    isDynamic: text === 'DynamicQuantizeMatMul',
    isUnknownSum: /^(?:Q?MoE|Einsum)$/.test(text),
    weight: /^(?:QLinear|QGemm)/.test(text) ? 3 : 1,
    isLayerNorm: /Layer|RMS/.test(text),
    isFusedAttention: /^Q?Attention$/.test(text),
    isMultiHead: /^(?:Packed)?MultiHead/.test(text),
    isDecoder: DECODER.test(text),
  }
}
