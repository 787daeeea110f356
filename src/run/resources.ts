/** What tasks compete for, as bits of a task's mask: a task holds all of its resources at once. */
export const resourceNames = ['cpu', 'npu', 'flash', 'kernel', 'monitor', 'gpu'] as const
export type ResourceName = (typeof resourceNames)[number]
export const RESOURCE_COUNT = resourceNames.length

export const CPU = 1 //     secure-world (or the LLM's) cores
export const NPU = 2
export const FLASH = 4
export const KERNEL = 8 //  normal-world cores that allocate and migrate for the LLM
export const MONITOR = 16 // a lock: one call at a time
export const GPU = 32 //    of a recording that is replayed on its own machine; as many servers as it shows at one time

/** Servers a resource, in the order of `resourceNames`. */
export type Servers = readonly [cpu: number, npu: number, flash: number, kernel: number, monitor: number, gpu: number]
