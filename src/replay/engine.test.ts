import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BrokenLaw } from '../base/errors.js'
import { causes } from '../run/causes.js'
import { CPU, KERNEL, MONITOR, NPU } from '../run/resources.js'
import { TaskWriter, rank, type Rank } from '../run/tasks.js'
import { busyByWindow } from '../testing/busy-by-window.js'
import { dependenciesOf } from '../testing/dependencies.js'
import { slowSchedule } from '../testing/slow-engine.js'
import { taskGraphs } from '../testing/task-graphs.js'
import { exposure } from './attribution.js'
import { runTasks } from './engine.js'

const engine = suite('engine')
const taskSpecs = fc.record({
  mask: fc.constantFrom(0, CPU, NPU, KERNEL, CPU | MONITOR, KERNEL | MONITOR),
  rank: fc.integer({ min: 0, max: 7 }),
  duration: fc.integer({ min: 1, max: 6 }),
  arrival: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) }),
  after: fc.nat(),
  hook: fc.boolean(),
})
type Spec = typeof taskSpecs extends fc.Arbitrary<infer T> ? T : never

function added(write: TaskWriter, { mask, rank: of, duration, arrival, hook }: Spec, after: readonly number[]): number {
  const t = write.add({ cause: 'compute', mask, rank: of as Rank, durationNs: mask === 0 ? 0 : duration, notBeforeNs: arrival }, ...after)
  write.at.hook[t] = hook ? 1 : 0
  return t
}


engine('starts and holders are those of the slow oracle', () => {
  fc.assert(
    fc.property(taskGraphs(1), ({ graph, servers }) => {
      const fast = runTasks(graph, servers)
      const slow = slowSchedule(graph, servers)
      assert.equal([...fast.startNs], slow.startNs)
      assert.equal([...fast.holder], slow.holder)
    }),
    { numRuns: 1500 },
  )
})

engine('from any task back, exposed times fill the window to the nanosecond, and busy is at least exposed', () => {
  fc.assert(
    fc.property(taskGraphs(0), fc.nat(), fc.nat(), ({ graph, servers }, pick, cut) => {
      const schedule = runTasks(graph, servers)
      const last = pick % graph.tasks.length
      const endNs = schedule.startNs[last]! + graph.tasks.durationNs[last]!
      const fromNs = endNs === 0 ? 0 : cut % endNs
      const request = graph.tasks.request[last]!
      const { exposedNs, blockedNs } = exposure(graph, schedule, last, fromNs, request)
      assert.is(exposedNs.reduce((sum, ns) => sum + ns, 0), endNs - fromNs)
      const busy = busyByWindow(graph, schedule, request, [fromNs, endNs])
      for (let c = 0; c < causes.length - 1; c++) assert.ok(busy[c]! >= exposedNs[c]!, `${causes[c]}: busy ${busy[c]} < exposed ${exposedNs[c]}`)
      const wait = exposedNs[causes.indexOf('wait')]!
      assert.ok([...blockedNs.values()].reduce((sum, ns) => sum + ns, 0) <= wait)
    }),
    { numRuns: 1500 },
  )
})

engine('no resource ever has more holders than servers, no task starts before what it waits for', () => {
  fc.assert(
    fc.property(taskGraphs(0), ({ graph, servers }) => {
      const { tasks } = graph
      const { first, to } = dependenciesOf(graph)
      const { startNs } = runTasks(graph, servers)
      for (let t = 0; t < tasks.length; t++) {
        assert.ok(startNs[t]! >= tasks.notBeforeNs[t]!)
        for (let e = first[t]!; e < first[t + 1]!; e++) assert.ok(startNs[to[e]!]! + tasks.durationNs[to[e]!]! <= startNs[t]!)
        for (const [r, count] of servers.entries()) {
          let holders = 0
          for (let u = 0; u < tasks.length; u++)
            if ((tasks.mask[u]! & (1 << r)) !== 0 && startNs[u]! <= startNs[t]! && startNs[t]! < startNs[u]! + tasks.durationNs[u]!) holders++
          assert.ok(holders <= count)
        }
      }
    }),
    { numRuns: 500 },
  )
})

engine('a call that lacks only the lock keeps its core: it does not starve behind its caller’s other work', () => {
  const write = new TaskWriter()
  const first = write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: 10 })
  // At 10 the core comes free, and at that instant somebody takes the lock for a moment.
  const issue = write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.issue, durationNs: 1 }, first)
  const call = write.add({ cause: 'protect', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: 2 }, first)
  const other = write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: 10 })
  const { startNs, holder } = runTasks(write.finish(), [1, 1, 1, 1, 1, 0])
  assert.equal([...startNs], [0, 10, 11, 13])
  assert.is(holder[call], issue)
  assert.is(holder[other], call)
})

engine('one that lacks a core keeps nothing: the lock stays free for who has a core', () => {
  const write = new TaskWriter()
  write.add({ cause: 'compute', mask: CPU, rank: rank.compute, durationNs: 100 })
  write.add({ cause: 'world-switch', mask: CPU | MONITOR, rank: rank.issue, durationNs: 1 })
  const call = write.add({ cause: 'protect', mask: KERNEL | MONITOR, rank: rank.protect, durationNs: 2 })
  assert.is(runTasks(write.finish(), [1, 1, 1, 1, 1, 0]).startNs[call], 0)
})

engine('an arrival makes ready at once what waits for it: numbers decide, not who waited longer', () => {
  const write = new TaskWriter()
  write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: 8 })
  const arrival = write.add({ cause: 'wait', mask: 0, rank: rank.compute, durationNs: 0, notBeforeNs: 8 })
  const arrived = write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: 1 }, arrival)
  const waiting = write.add({ cause: 'allocate', mask: KERNEL, rank: rank.allocate, durationNs: 1 })
  const { startNs, holder } = runTasks(write.finish(), [1, 1, 1, 1, 1, 0])
  assert.equal([startNs[arrived], startNs[waiting]], [8, 9])
  assert.equal([holder[arrival], holder[arrived], holder[waiting]], [-1, arrival, arrived])
})

engine('tasks written while others run make the schedule that they would have made from the start, forgotten ones or not', () => {
  fc.assert(
    fc.property(fc.array(taskSpecs, { minLength: 1, maxLength: 40 }), fc.array(fc.array(taskSpecs, { maxLength: 5 }), { maxLength: 8 }), fc.boolean(), (first, later, sweeping) => {
      const servers = [2, 1, 1, 1, 1, 0] as const
      const whole = new TaskWriter()
      const live = new TaskWriter()
      const batches = [...later]
      const startNs: number[] = []
      const number: number[] = [] // of a live task in the whole graph
      const both = (work: (write: TaskWriter, named: (t: number) => number) => number): number => {
        number[live.length] = whole.length
        work(whole, (t) => number[t]!)
        return work(live, (t) => t)
      }
      for (const spec of first) both((write) => added(write, spec, write.length === 0 ? [] : [spec.after % write.length]))
      const schedule = runTasks(live, servers, {
        ended(t, nowNs) {
          const batch = batches.pop() ?? []
          const gate = both((write, named) => write.join([named(t)]))
          for (const spec of batch) both((write, named) => added(write, { ...spec, arrival: spec.arrival > nowNs ? spec.arrival : 0 }, [named(gate), named(t)]))
          if (batch.length === 0) return -1
          // In the whole graph all that followed `t` then waits for the gate too.
          const followers: number[] = []
          for (let e = whole.edges.head[number[t]!]!; e >= 0; e = whole.edges.next[e]!) if (whole.edges.to[e]! < number[gate]!) followers.push(whole.edges.to[e]!)
          for (const s of followers) whole.dependsOn(s, number[live.length - 1]!)
          return live.length - 1
        },
        swept({ nowNs, length, startNs: starts, over }) {
          for (let t = 0; t < length; t++) if (starts[t]! >= 0) startNs[number[t]!] = starts[t]!
          if (!sweeping) return undefined
          return Uint8Array.from({ length }, (_, t) => (over[t] === 1 && starts[t]! + live.at.durationNs[t]! < nowNs ? 0 : 1))
        },
        renamed(renamed) {
          const kept: number[] = []
          for (const [t, to] of renamed.entries()) if (to >= 0) kept[to] = number[t]!
          number.splice(0, number.length, ...kept)
        },
      })
      for (const [t, ns] of schedule.startNs.entries()) startNs[number[t]!] = ns
      const graph = whole.finish()
      const again = runTasks(graph, servers)
      assert.equal(again.startNs.length, startNs.length)
      assert.equal([...again.startNs], startNs)
      assert.equal([...again.startNs], slowSchedule(graph, servers).startNs)
      assert.is(schedule.endNs, again.endNs)
      if (!sweeping) assert.equal([...schedule.holder], [...again.holder])
    }),
    { numRuns: 1500 },
  )
})

engine('a resource without servers is a broken law, not a hang', () => {
  const write = new TaskWriter()
  write.add({ cause: 'compute', mask: NPU, rank: rank.compute, durationNs: 1 })
  assert.throws(() => runTasks(write.finish(), [1, 0, 1, 1, 1, 0]), (error: unknown) => error instanceof BrokenLaw)
})

engine.run()
