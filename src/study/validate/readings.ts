import type { ChoiceId } from '../../device/profile.js'
import type { Scene } from './scene.js'

/** The discrete readings that docs/model.md names, as edits of scenes. */
type Edit = readonly [id: string, edit: (scene: Scene) => Scene]

const choice = (id: ChoiceId, value: string): Edit => [`${id}=${value}`, (scene) => ({ ...scene, choices: { ...scene.choices, [id]: value } })]
/** An option in the reference of one policy. */
export const option = (policy: string, key: string, value: string): Edit => [
  `${key}=${value}`,
  (scene) => (plain(scene.policy) === policy ? { ...scene, policy: `${scene.policy}${scene.policy.includes('?') ? '&' : '?'}${key}=${value}` } : scene),
]
const plain = (reference: string): string => reference.split('?')[0]!

export const allocateInside = option('optimized-strawman', 'allocate', 'inside')
export const cmaKnee = choice('cma.reading', 'knee')
export const ratesAdded = choice('rates', 'added')
export const smmuInside = choice('smmu', 'inside')
export const checkpointFree = choice('checkpoint', 'free')
/** How finely decryption can be interrupted, in FlexServe. */
export const decryptPieces: readonly Edit[] = ['64KiB', '1MiB'].map((size) => option('flexserve', 'decryptPiece', size))
/** Qwen2.5-3B as its configuration says, not as TZ-LLM's file. */
export const qwenTied: Edit = ['qwen-file=tied', (scene) => (scene.model === 'qwen2.5-3b-untied' ? { ...scene, model: 'qwen2.5-3b' } : scene)]
