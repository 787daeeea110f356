import type { Architecture } from './architecture.js'

const row = (
  id: string,
  title: string,
  layers: number,
  hidden: number,
  heads: number,
  kvHeads: number,
  headDim: number,
  ffn: number,
  vocab: number,
  tied: boolean,
  more: Partial<Architecture> = {},
): Architecture => ({ id, title, layers, hidden, heads, kvHeads, headDim, ffn, vocab, tied, ...more })

/** The models of the papers and their relatives. Source: their config.json on Hugging Face, and
 *  Lightning-AI/litgpt litgpt/config.py at commit 2685705; `vocab` is the padded one. */
export const models: readonly Architecture[] = [
  row('qwen2.5-0.5b', 'Qwen2.5-0.5B', 24, 896, 14, 2, 64, 4864, 151936, true, { qkvBias: true }),
  row('qwen2.5-1.5b', 'Qwen2.5-1.5B', 28, 1536, 12, 2, 128, 8960, 151936, true, { qkvBias: true }),
  row('qwen2.5-3b', 'Qwen2.5-3B', 36, 2048, 16, 2, 128, 11008, 151936, true, { qkvBias: true }),
  row('qwen2.5-7b', 'Qwen2.5-7B', 28, 3584, 28, 4, 128, 18944, 152064, false, { qkvBias: true }),
  row('qwen3-0.6b', 'Qwen3-0.6B', 28, 1024, 16, 8, 128, 3072, 151936, true, { qkNorm: true }),
  row('qwen3-1.7b', 'Qwen3-1.7B', 28, 2048, 16, 8, 128, 6144, 151936, true, { qkNorm: true }),
  row('qwen3-4b', 'Qwen3-4B', 36, 2560, 32, 8, 128, 9728, 151936, true, { qkNorm: true }),
  row('qwen3-8b', 'Qwen3-8B', 36, 4096, 32, 8, 128, 12288, 151936, false, { qkNorm: true }),
  row('llama-3.2-1b', 'Llama-3.2-1B', 16, 2048, 32, 8, 64, 8192, 128256, true),
  row('llama-3.2-3b', 'Llama-3.2-3B', 28, 3072, 24, 8, 128, 8192, 128256, true),
  row('llama-3-8b', 'Llama-3-8B', 32, 4096, 32, 8, 128, 14336, 128256, false),
  row('llama-3.1-8b', 'Llama-3.1-8B', 32, 4096, 32, 8, 128, 14336, 128256, false),
  row('tinyllama-1.1b', 'TinyLlama-1.1B', 22, 2048, 32, 4, 64, 5632, 32000, false),
  row('gemma-2-2b', 'Gemma-2-2B', 26, 2304, 8, 4, 256, 9216, 256000, true, { normsPerLayer: 4 }),
  row('phi-3-mini', 'Phi-3-mini', 32, 3072, 32, 32, 96, 8192, 32064, false, { fusedProjections: true }),
]

/** The model of that id, spelled loosely (`Llama-3.1-8B`, `llama_3_1_8b`); undefined when there is none. */
export function modelOf(id: string): Architecture | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return models.find((model) => plain(model.id) === plain(id))
}
