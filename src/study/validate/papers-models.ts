import type { Architecture } from '../../model/architecture.js'
import { modelNamed } from '../names.js'

/** A model as a paper ran it: TZ-LLM's Qwen2.5-3B file holds an output matrix of its own (3.36 GiB at Q8_0, where the
 *  model's configuration ties it to the embedding: 3.05 GiB). Any other: by name. */
export function architectureOf(id: string): Architecture {
  if (id === QWEN_UNTIED) return { ...modelNamed('qwen2.5-3b'), id: QWEN_UNTIED, tied: false }
  return modelNamed(id)
}
export const QWEN_UNTIED = 'qwen2.5-3b-untied'
