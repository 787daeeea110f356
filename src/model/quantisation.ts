/** How weights are stored. `bytesPerWeight` includes scales. `computes` is the type that the matmul runs in. */
export interface Quantisation {
  readonly id: string
  readonly bytesPerWeight: number
  readonly computes: 'int8' | 'int4' | 'f16'
  readonly source: string
}

export const quantisations: readonly Quantisation[] = [
  { id: 'int8', bytesPerWeight: 1, computes: 'int8', source: 'one byte a weight; per-column scales are below 0.1 %' },
  { id: 'q8_0', bytesPerWeight: 34 / 32, computes: 'int8', source: 'GGUF Q8_0: blocks of 32 with one fp16 scale' },
  { id: 'w4', bytesPerWeight: 18 / 32, computes: 'int4', source: 'GGUF Q4_0: blocks of 32 with one fp16 scale' },
  { id: 'f16', bytesPerWeight: 2, computes: 'f16', source: 'half precision' },
]

export const quantisationOf = (id: string): Quantisation | undefined => quantisations.find((quant) => quant.id === id)
