/** What an event of Kineto is, by its category. Plain numbers: the matcher in WebAssembly is compiled with them too. */
export const UNWANTED = 0
export const KERNEL = 1
export const MEMCPY = 2
export const MEMSET = 3
export const CPU_OP = 4
/** A call of the device's runtime or driver. */
export const RUNTIME = 5
export const ANNOTATION = 6
