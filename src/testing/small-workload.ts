import { S } from '../base/units.js'
import type { Workload } from '../trace/workload.js'

/** Four requests of two small models, one after another and at once. */
export const smallWorkload = (): Workload => ({
  schema: 'worldswitch-workload/1',
  name: 'random-small',
  note: 'for tests',
  source: 'made by hand',
  models: [{ id: 'qwen2.5-0.5b', quant: 'int8' }, { id: 'qwen3-0.6b', quant: 'int8' }],
  requests: [0, 1, 2, 3].map((i) => ({ id: `r${i}`, model: i % 2, arrivalNs: i * 2 * S, promptTokens: 16 + 8 * i, outputTokens: 2 })),
  memory: [],
  npu: [],
})
