import { kindIndex, processorIndex, type OpKind } from '../trace/words.js'
import { kindOfGraphOp } from './graph-kinds.js'

/** What ONNX Runtime's operator types do (onnx, com.microsoft and its fused ones). */
const typesOfKind: Partial<Record<OpKind, string>> = {
  matmul:
    'MatMul MatMulNBits MatMulInteger MatMulBnb4 MatMulFpQ4 FusedMatMul FusedMatMulActivation Gemm FusedGemm QGemm ' +
    'QLinearMatMul DynamicQuantizeMatMul MatMulIntegerToFloat Conv FusedConv QLinearConv ConvInteger ConvTranspose ' +
    'NhwcConv NhwcFusedConv MoE QMoE LSTM GRU RNN DynamicQuantizeLSTM Einsum',
  attention:
    'GroupQueryAttention MultiHeadAttention Attention DecoderMaskedMultiHeadAttention PackedAttention ' +
    'PackedMultiHeadAttention SparseAttention PagedAttention QAttention LinearAttention',
  norm:
    'LayerNormalization SimplifiedLayerNormalization SkipLayerNormalization SkipSimplifiedLayerNormalization ' +
    'RMSNormalization InstanceNormalization GroupNorm GroupNormalization BatchNormalization SkipGroupNorm LpNormalization ' +
    'EmbedLayerNormalization',
  activation:
    'QuickGelu Gelu FastGelu BiasGelu BiasSplitGelu Sigmoid Silu Swish HardSwish HardSigmoid Relu LeakyRelu PRelu ThresholdedRelu Selu Celu ' +
    'Tanh Erf Elu Softplus Softsign Clip Mish QLinearSigmoid QLinearLeakyRelu',
  rope: 'RotaryEmbedding GemmaRotaryEmbedding',
  embedding: 'Gather GatherBlockQuantized EmbeddingLookup',
  softmax: 'Softmax LogSoftmax BiasSoftmax',
  elementwise:
    'Add Sub Mul Div Pow Sqrt Neg Exp Log Sin Cos Abs Reciprocal Min Max Sum Mean Where Equal Greater Less Not And Or ' +
    'GreaterOrEqual LessOrEqual ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2 ReduceProd ReduceSumSquare CumSum Range Mod Floor Ceil Round ' +
    'Trilu Xor Sign IsNaN IsInf Atan Acos Asin Tan BitShift MaxPool AveragePool GlobalAveragePool GlobalMaxPool NhwcMaxPool LRN QLinearAdd ' +
    'QLinearMul QLinearAveragePool QLinearGlobalAveragePool BiasAdd BiasDropout Dropout',
  sample: 'ArgMax ArgMin TopK Multinomial Sampling GreedySearch BeamSearch RandomUniform RandomNormal',
  copy:
    'Transpose Concat Split Slice Expand Tile Cast Pad Resize Upsample ConstantOfShape DepthToSpace SpaceToDepth ReverseSequence ' +
    'Constant GatherND GatherElements Scatter ScatterND ScatterElements MemcpyToHost MemcpyFromHost ReorderInput ReorderOutput ' +
    'OneHot NonZero Compress QLinearConcat',
  view: 'Reshape Squeeze Unsqueeze Identity Flatten Shape Size',
  communication: 'AllReduce AllGather AllToAll',
  quantise: 'QuantizeLinear DequantizeLinear DynamicQuantizeLinear QuantizeBFP DequantizeBFP',
}
const kindOfType = new Map(
  Object.entries(typesOfKind).flatMap(([kind, types]) =>
    types.split(' ').map((type) => [type, kindIndex[kind as OpKind]] as const),
  ),
)

/** Index into `opKinds`. Of an operator that is none of ONNX Runtime's own by the words in its name. */
export function kindOfOrtType(type: string): number {
  const known = kindOfType.get(type)
  if (known !== undefined) return known
  return isFusedGraph(type) ? kindIndex.other : kindIndex[kindOfGraphOp(type)]
}

/** A part of the graph that a provider runs as one: `QNN_4096_0`, `TRTKernel_graph_…`, `CoreML_…`. */
const isFusedGraph = (type: string): boolean => /^(?:QNN|TRT|NvTensorRT|CoreML|OpenVINO|VitisAI|NNAPI|RKNPU|XNNPACK|MIGraphX|VSINPU|SNPE)\w*[_-]/i.test(type)

/** Operators that call the nodes inside them, which the profile lists too. */
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
