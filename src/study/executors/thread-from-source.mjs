// A thread of the pool, from sources: registers their loader, then is the module proper.
const { register } = await import(import.meta.resolve('tsx/esm/api'))
register()
export const { replayBatch } = await import('./thread.ts')
