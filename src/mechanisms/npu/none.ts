import type { NpuMechanism } from '../../replay/factors.js'

/** No NPU in the secure world: its CPU computes everything. */
export const noNpu = (): NpuMechanism => ({
  factor: 'npu',
  id: 'none',
  version: 1,
  summary: 'the secure world computes on the CPU alone',
  source: 'strawman of arXiv 2603.09046 and 2511.13717',
  usesNpu: false,
  decodesOnNpu: false,
  needsMap: false,
  boundary: 'job',
  eager: false,
  take: (_l, after) => after,
  give: (_l, after) => after,
  beginStep: (_l, after) => after,
  submit: () => -1,
})
