import fc from 'fast-check'
import { causes } from '../run/causes.js'
import { CPU, FLASH, KERNEL, MONITOR, NPU, type Servers } from '../run/resources.js'
import { TaskWriter, type Rank, type TaskGraph } from '../run/tasks.js'

const masks = [0, CPU, NPU, FLASH, KERNEL, MONITOR, CPU | MONITOR, KERNEL | MONITOR, KERNEL | FLASH, CPU | NPU | MONITOR]

/** Any small task graph: several requests, contended resources, joins, arrivals. `shortest`: of tasks that hold one. */
export const taskGraphs = (shortest: number): fc.Arbitrary<{ graph: TaskGraph; servers: Servers }> =>
  fc
    .record({
      tasks: fc.array(
        fc.record({
          mask: fc.constantFrom(...masks),
          rank: fc.integer({ min: 0, max: 7 }),
          request: fc.integer({ min: 0, max: 2 }),
          duration: fc.integer({ min: shortest, max: 6 }),
          cause: fc.integer({ min: 0, max: causes.length - 2 }),
          arrival: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) }),
          after: fc.array(fc.nat(), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      cores: fc.integer({ min: 1, max: 3 }),
      kernels: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ tasks, cores, kernels }) => {
      const write = new TaskWriter()
      for (const [t, task] of tasks.entries()) {
        write.request = task.request
        const durationNs = task.mask === 0 ? 0 : task.duration
        write.add({ cause: causes[task.cause]!, mask: task.mask, rank: task.rank as Rank, durationNs, notBeforeNs: task.arrival })
        if (t > 0) for (const on of new Set(task.after.map((pick) => pick % t))) write.waitsFor(on)
      }
      return { graph: write.finish(), servers: [cores, 1, 1, kernels, 1, 0] as const }
    })
