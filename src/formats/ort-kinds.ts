import { kindIndex, processorIndex, type OpKind } from '../trace/words.js'

/** What ONNX Runtime's operator types do (onnx, com.microsoft and its fused ones). */
const typesOfKind: Partial<Record<OpKind, string>> = {
  matmul:
    'MatMul MatMulNBits MatMulInteger MatMulBnb4 MatMulFpQ4 FusedMatMul FusedMatMulActivation Gemm FusedGemm QGemm ' +
    'QLinearMatMul DynamicQuantizeMatMul MatMulIntegerToFloat Conv FusedConv QLinearConv ConvInteger ConvTranspose ' +
    'NhwcConv NhwcFusedConv MoE QMoE LSTM GRU Einsum',
  attention:
    'GroupQueryAttention MultiHeadAttention Attention DecoderMaskedMultiHeadAttention PackedAttention ' +
    'PackedMultiHeadAttention SparseAttention PagedAttention QAttention LinearAttention',
  norm:
    'LayerNormalization SimplifiedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization ' +
    'RMSNormalization InstanceNormalization GroupNorm GroupNormalization BatchNormalization SkipGroupNorm LpNormalization ' +
    'EmbedLayerNormalization',
  activation:
    'QuickGelu Gelu FastGelu BiasGelu BiasSplitGelu Sigmoid Silu Swish HardSwish Relu LeakyRelu Tanh Erf Elu Softplus Clip Mish',
  rope: 'RotaryEmbedding GemmaRotaryEmbedding',
  embedding: 'Gather GatherBlockQuantized EmbeddingLookup',
  softmax: 'Softmax LogSoftmax BiasSoftmax',
  elementwise:
    'Add Sub Mul Div Pow Sqrt Neg Exp Log Sin Cos Abs Reciprocal Min Max Sum Mean Where Equal Greater Less Not And Or ' +
    'GreaterOrEqual LessOrEqual ReduceMean ReduceSum ReduceMax ReduceMin CumSum Range Mod Floor Ceil Round Trilu',
  sample: 'ArgMax ArgMin TopK Multinomial Sampling GreedySearch BeamSearch RandomUniform RandomNormal',
  copy:
    'Reshape Transpose Concat Split Slice Squeeze Unsqueeze Expand Tile Identity Cast Shape Flatten Pad Resize ConstantOfShape ' +
    'Constant GatherND GatherElements ScatterND ScatterElements MemcpyToHost MemcpyFromHost ReorderInput ReorderOutput Size ' +
    'OneHot NonZero',
  communication: 'AllReduce AllGather AllToAll',
  quantise: 'QuantizeLinear DequantizeLinear DynamicQuantizeLinear QuantizeBFP DequantizeBFP',
}
const kindOfType = new Map(
  Object.entries(typesOfKind).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kindIndex[kind as OpKind]] as const),
  ),
)

/** Index into `opKinds`. */
export const kindOfOrtType = (type: string): number => kindOfType.get(type) ?? kindIndex.other

/** Operators whose time is that of the nodes inside them, which the profile lists too. */
export const isControlFlow = (type: string): boolean => type === 'If' || type === 'Loop' || type === 'Scan'

/** Index into `processorNames`; -1: the provider is not one of those known. */
export function processorOfProvider(provider: string): number {
  if (/^(CPU|Dnnl|XNNPACK|Xnnpack|OpenVINO|ACL|ArmNN)/.test(provider)) return processorIndex.cpu
  if (/^(CUDA|Dml|Tensorrt|NvTensorRt|ROCM|MIGraphX|WebGpu|Js|WebNN)/.test(provider)) return processorIndex.gpu
  if (/^(QNN|Rknpu|RKNPU|Nnapi|NNAPI|CoreML|VitisAI|CANN|SNPE|VSINPU|Neutron)/.test(provider)) return processorIndex.npu
  return -1
}

/** The layer in a node's name (`/model/layers.3/attn/…`, `layer_3`, `blk.3.`, `/h.3/`); -1: none. */
export function layerOfName(name: string): number {
  const match = /(?:^|[/._])(?:layers?|blocks?|blk|h)[._](\d{1,5})(?=$|[/._])/i.exec(name)
  return match === null ? -1 : Number(match[1])
}
