import { effect } from './effects.js'
import { CPU, FLASH, KERNEL, MONITOR, NPU } from './resources.js'
import { rank } from './tasks.js'

/** The words of tasks as values: a user's policy, which imports nothing, finds them in `Lowering.words`. */
export const words = { resource: { CPU, NPU, FLASH, KERNEL, MONITOR }, rank, effect } as const
