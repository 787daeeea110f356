/** How weights are stored. `bytesPerWeight` includes scales. `computes` is the type that the matmul runs in. */
export interface Quantisation {
  readonly id: string
  readonly bytesPerWeight: number
  readonly computes: 'int8' | 'int4' | 'f16' | 'f32'
  readonly source: string
}

/** A block of GGML: bytes of its struct in ggml/src/ggml-common.h, and the weights that it holds. */
const block = (id: string, bytes: number, weights: number, computes: Quantisation['computes'], what: string): Quantisation => ({
  id,
  bytesPerWeight: bytes / weights,
  computes,
  source: `GGUF ${id.toUpperCase()}: ${bytes} bytes a block of ${weights} (${what})`,
})

/** A file type of llama-quantize, which stores some tensors wider than the others: mean bits a weight. */
const mixture = (id: string, bits: number, computes: Quantisation['computes']): Quantisation => ({
  id,
  bytesPerWeight: bits / 8,
  computes,
  source: `GGUF ${id.toUpperCase()}: ${bits} bits a weight in the mean of Llama-3.1-8B (tools/quantize/README.md of llama.cpp); smaller models hold more`,
})

/** Whole numbers of `bits` with one scale of 16 bits a group of weights, as vendors and Python toolkits store them. */
const group = (bits: 4 | 8, size: number): Quantisation => ({
  id: `int${bits}-g${size}`,
  bytesPerWeight: bits / 8 + 2 / size,
  computes: bits === 4 ? 'int4' : 'int8',
  source: `${bits} bits a weight, one fp16 scale for ${size} of them`,
})

export const quantisations: readonly Quantisation[] = [
  { id: 'int8', bytesPerWeight: 1, computes: 'int8', source: 'one byte a weight; per-column scales are below 0.1 %' },
  { id: 'q8_0', bytesPerWeight: 34 / 32, computes: 'int8', source: 'GGUF Q8_0: blocks of 32 with one fp16 scale' },
  { id: 'w4', bytesPerWeight: 18 / 32, computes: 'int4', source: 'GGUF Q4_0: blocks of 32 with one fp16 scale' },
  { id: 'f16', bytesPerWeight: 2, computes: 'f16', source: 'half precision' },
  { id: 'f32', bytesPerWeight: 4, computes: 'f32', source: 'single precision' },
  { id: 'fp8', bytesPerWeight: 1, computes: 'f16', source: 'one byte a weight (E4M3, E5M2); scales a tensor or column are below 0.1 %' },
  { id: 'w4a16', bytesPerWeight: 0.5, computes: 'int4', source: 'half a byte a weight; per-column scales are below 0.2 %' },
  group(4, 64),
  group(4, 128),
  group(8, 64),
  group(8, 128),
  { id: 'awq', bytesPerWeight: 0.5 + 2.5 / 128, computes: 'int4', source: 'AWQ and GPTQ at their usual group of 128: 4 bits, an fp16 scale and a 4-bit zero a group' },
  { id: 'q4f32', bytesPerWeight: 20 / 32, computes: 'int4', source: 'MLC q4f32_1: groups of 32 with one f32 scale (mlc_llm/quantization/quantization.py)' },
  { id: 'q3f16', bytesPerWeight: 18 / 40, computes: 'int4', source: 'MLC q3f16_1: ten weights in 32 bits, groups of 40 with one fp16 scale (mlc_llm/quantization/quantization.py)' },
  block('q4_1', 20, 32, 'int4', 'fp16 scale and minimum'),
  block('q5_0', 22, 32, 'int8', 'fp16 scale, 32 fifth bits'),
  block('q5_1', 24, 32, 'int8', 'fp16 scale and minimum, 32 fifth bits'),
  block('q2_k', 84, 256, 'int4', '16 scales, fp16 scale and minimum of them'),
  block('q3_k', 110, 256, 'int4', '256 third bits, 12 bytes of scales, fp16 scale of them'),
  block('q5_k', 176, 256, 'int8', '256 fifth bits, 12 bytes of scales, fp16 scale and minimum of them'),
  block('q6_k', 210, 256, 'int8', '16 scales, fp16 scale of them'),
  block('iq1_s', 50, 256, 'int4', 'a grid'),
  block('iq1_m', 56, 256, 'int4', 'a grid'),
  block('iq2_xxs', 66, 256, 'int4', 'a grid'),
  block('iq2_xs', 74, 256, 'int4', 'a grid'),
  block('iq2_s', 82, 256, 'int4', 'a grid'),
  block('iq3_xxs', 98, 256, 'int4', 'a grid'),
  block('iq3_s', 110, 256, 'int4', 'a grid'),
  block('iq4_xs', 136, 256, 'int4', '8 scales of 6 bits, fp16 scale of them'),
  block('mxfp4', 17, 32, 'int4', 'one exponent'),
  block('nvfp4', 36, 64, 'int4', 'four scales of 8 bits'),
  block('tq1_0', 54, 256, 'int4', 'ternary, five weights in 8 bits, fp16 scale'),
  block('tq2_0', 66, 256, 'int4', 'ternary, 2 bits a weight, fp16 scale'),
  mixture('q2_k_s', 2.9697, 'int4'),
  mixture('q2_k_m', 3.1593, 'int4'),
  mixture('q3_k_s', 3.6429, 'int4'),
  mixture('q3_k_l', 4.2979, 'int4'),
  mixture('q4_k_s', 4.6672, 'int4'),
  mixture('q4_k_m', 4.8944, 'int4'),
  mixture('q5_k_s', 5.5704, 'int8'),
  mixture('q5_k_m', 5.7036, 'int8'),
  mixture('iq2_m', 2.9294, 'int4'),
  mixture('iq3_xs', 3.4977, 'int4'),
  mixture('iq3_m', 3.7628, 'int4'),
]

export const quantisationOf = (id: string): Quantisation | undefined => quantisations.find((quant) => quant.id === id)

/** The quantisation that stores a weight in about as many bytes. */
export function nearestQuantisation(bytesPerWeight: number): Quantisation {
  const distance = (quant: Quantisation): number => Math.abs(Math.log(quant.bytesPerWeight / bytesPerWeight))
  return quantisations.reduce((best, quant) => (distance(quant) < distance(best) ? quant : best))
}
