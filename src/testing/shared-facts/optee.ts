import { worldSwitches, type WorldSwitches } from '../../analysis/world-switches.js'
import type { Trace } from '../../trace/trace.js'
import { kindIndex } from '../../trace/words.js'
import { decimalAt } from '../../formats/decimal-text.js'
import { FtraceReader } from '../../formats/ftrace/reader.js'
import { eachLogLine } from '../../formats/log-lines.js'
import { Skipped } from '../../formats/skipped.js'
import { memoryTools } from '../trace-source.js'
import { differs, type SharedFact } from './facts.js'

interface Facts {
  readonly pairs: number
  /** By what the first register of the end says. */
  readonly ends: Readonly<Record<string, number>>
  readonly calls?: number
  readonly whole?: number
  readonly headless?: number
  readonly refused?: number
  /** Of begin to end, handlers inside included. */
  readonly sumUs?: number
  readonly sumNs?: number
  readonly longestUs?: number
  readonly skipped?: Readonly<Record<string, number>>
  /** Optee events by task (two a round trip). */
  readonly tasks?: Readonly<Record<string, number>>
  /** SMC times by the function graph: fast calls without events as well. */
  readonly leafSumNs?: number
  readonly fastCalls?: number
}

const folder = 'optee-linux-ftrace'

function fact(file: string, facts: Facts, format = 'ftrace'): SharedFact {
  return {
    file: `${folder}/${file}`,
    format,
    reads: 'trace',
    fails(trace) {
      const found = worldSwitches(trace)
      if (found === undefined) return 'no world switches'
      const sums = endMinusBegin(trace)
      const fast = facts.fastCalls ?? 0
      const ends = Object.fromEntries(found.byEnd.map(({ end, count }) => [end, end === 'done' ? count - fast : count]))
      const sorted = (record: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
      return differs({
        'round trips': [facts.pairs, found.roundTrips.count - fast],
        ends: [sorted(facts.ends), sorted(ends)],
        ...(facts.calls === undefined ? {} : { calls: [facts.calls, found.calls.started] }),
        whole: [facts.whole ?? facts.calls ?? found.calls.whole, found.calls.whole],
        'fast SMCs': [fast, found.fastSmcs],
        headless: [facts.headless ?? 0, found.calls.headless],
        refused: [facts.refused ?? 0, found.calls.refused],
        ...(facts.sumNs === undefined ? {} : { 'sum of end - begin, ns': [facts.sumNs, sums.sumNs] }),
        ...(facts.sumUs === undefined ? {} : { 'sum of end - begin, µs': [facts.sumUs, sums.sumNs / 1000] }),
        ...(facts.longestUs === undefined ? {} : { 'longest, µs': [facts.longestUs, Math.round(sums.longestNs / 1000)] }),
        ...(facts.tasks === undefined ? {} : { tasks: [sorted(facts.tasks), sorted(tasksOf(found))] }),
        ...(facts.skipped === undefined ? {} : { skipped: [sorted(facts.skipped), sorted(trace.header.skipped)] }),
        ...(facts.leafSumNs === undefined ? {} : { 'sum of SMC leaves, ns': [facts.leafSumNs, found.secureNs] }),
      })
    },
  }
}

const tasksOf = ({ byTask }: WorldSwitches): Record<string, number> => Object.fromEntries(byTask.map(({ task, roundTrips }) => [task, 2 * roundTrips]))

/** Round trips with the handlers inside, which their durations leave out. */
function endMinusBegin({ ops, header }: Trace): { sumNs: number; longestNs: number } {
  const wholeNs = new Map<number, number>()
  const open = new Map<string, number>() // task → its latest round trip
  const order = Array.from(ops.startNs, (_, i) => i).sort((a, b) => ops.startNs[a]! - ops.startNs[b]! || (ops.kind[a] === kindIndex.interrupt ? 1 : -1))
  for (const i of order) {
    const lane = header.lanes[ops.lane[i]!]!
    if (ops.kind[i] === kindIndex['world-switch']) {
      wholeNs.set(i, ops.durationNs[i]!)
      open.set(lane, i)
    } else if (ops.kind[i] === kindIndex.interrupt) {
      const around = open.get(lane.replace(/ interrupts$/, ''))!
      wholeNs.set(around, wholeNs.get(around)! + ops.durationNs[i]!)
    }
  }
  const all = [...wholeNs.values()]
  return { sumNs: all.reduce((sum, ns) => sum + ns, 0), longestNs: Math.max(...all) }
}

/** How many round trips ended each way with a handler inside. */
function interruptedEnds({ ops, strings, header }: Trace): Record<string, number> {
  const counts: Record<string, number> = {}
  const inside = new Map<string, number[]>()
  for (let i = 0; i < ops.length; i++)
    if (ops.kind[i] === kindIndex.interrupt) {
      const lane = header.lanes[ops.lane[i]!]!.replace(/ interrupts$/, '')
      inside.set(lane, [...(inside.get(lane) ?? []), ops.startNs[i]!])
    }
  const switches = Array.from(ops.startNs, (_, i) => i).filter((i) => ops.kind[i] === kindIndex['world-switch'])
  for (const [at, i] of switches.entries()) {
    const lane = header.lanes[ops.lane[i]!]!
    const next = switches.slice(at + 1).find((other) => ops.lane[other] === ops.lane[i])
    const until = next === undefined ? Infinity : ops.startNs[next]!
    if (inside.get(lane)?.some((ns) => ns >= ops.startNs[i]! && ns < until) !== true) continue
    const end = strings[ops.type[i]!]!
    counts[end] = (counts[end] ?? 0) + 1
  }
  return counts
}

function withInterrupts(base: SharedFact, expected: Readonly<Record<string, number>>): SharedFact {
  if (base.reads !== 'trace') throw new Error('no trace')
  const sorted = (record: Readonly<Record<string, number>>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...base, fails: (trace: Trace) => base.fails(trace) ?? differs({ interrupted: [sorted(expected), sorted(interruptedEnds(trace))] }) }
}

/** A trace of the kernel without a world switch: refused, and what it does hold was read. */
function otherEvents(file: string, events: number, top: readonly [string, number], names: number, first: string, last: string, cpus: number[], pids: number): SharedFact {
  return {
    file: `ftrace/${file}`,
    format: 'ftrace',
    reads: 'refused',
    because: new RegExp(`${events} events without one`),
    async alsoFails(source) {
      const skipped = new Skipped()
      const reader = new FtraceReader(skipped, () => {}, () => {}, () => {})
      const { tally } = reader
      await eachLogLine(source, memoryTools, skipped, (text) => reader.line(text))
      return differs({
        events: [events, tally.events],
        top: [top[1], tally.byName.get(top[0])],
        names: [names, tally.byName.size],
        first: [decimalAt(first, 9), tally.firstNs],
        last: [decimalAt(last, 9), tally.lastNs],
        cpus: [cpus, [...tally.cpus].sort((a, b) => a - b)],
        pids: [pids, tally.pids.size],
        skipped: [{}, skipped.record()],
      })
    },
  }
}

const irqsOfHello = { 'rpc-command': 11, done: 2, 'foreign-interrupt': 1 }
const hello = { pairs: 40, ends: { 'rpc-command': 36, done: 3, 'foreign-interrupt': 1 }, calls: 3 }

export const opteeFacts: readonly SharedFact[] = [
  fact('hello-ta-load.txt', { pairs: 76, ends: { 'rpc-command': 71, done: 3, 'foreign-interrupt': 2 }, calls: 3, sumUs: 107805, longestUs: 25640, tasks: { 'optee_example_h-107': 152 } }),
  fact('pta-5000-invokes.txt', { pairs: 5004, ends: { done: 5004 }, calls: 5004, sumUs: 1062648, longestUs: 1425, tasks: { 'smc-111': 10004, 'irq/18-optee_no-102': 4 } }),
  withInterrupts(
    fact('rsa-keygen-irq-preempted.txt', { pairs: 1038, ends: { 'foreign-interrupt': 944, 'rpc-command': 71, done: 23 }, calls: 23, sumUs: 3796544, longestUs: 20464, tasks: { 'optee_example_a-107': 2068, 'irq/18-optee_no-102': 8 } }),
    { 'foreign-interrupt': 944, 'rpc-command': 5 },
  ),
  withInterrupts(
    fact('aes-irq-held-back.txt', { pairs: 122, ends: { done: 70, 'rpc-command': 52 }, calls: 70, sumUs: 696039, longestUs: 51274, tasks: { 'smc-114': 242, 'irq/18-optee_no-102': 2 } }),
    { done: 18, 'rpc-command': 7 },
  ),
  fact('six-threads.txt', {
    pairs: 1013,
    ends: { done: 373, 'rpc-command': 322, 'thread-limit': 168, 'foreign-interrupt': 150 },
    calls: 373,
    refused: 168,
    sumUs: 944631,
    longestUs: 38707,
    tasks: { 'smc-121': 318, 'smc-122': 326, 'smc-126': 390, 'smc-125': 390, 'smc-123': 272, 'smc-124': 314, 'irq/18-optee_no-102': 16 },
  }),
  fact('steps-markers.txt', { pairs: 488, ends: { done: 451, 'rpc-command': 36, 'foreign-interrupt': 1 }, calls: 451, sumUs: 468074, longestUs: 24119, tasks: { 'smc-140': 974, 'irq/18-optee_no-102': 2 } }),
  fact('xtest-sha256-perf.txt', { pairs: 117, ends: { 'rpc-command': 54, 'foreign-interrupt': 34, done: 29 }, calls: 29, sumUs: 153360, longestUs: 5274, tasks: { 'xtest-135': 230, 'irq/18-optee_no-102': 4 } }),
  fact('hello-function-graph.txt', { pairs: 40, ends: { 'rpc-command': 36, done: 4 }, calls: 4, fastCalls: 1, leafSumNs: 76477720 }),
  fact('aes-function-graph-irq-marks.txt', { pairs: 66, ends: { 'rpc-command': 37, done: 29 }, calls: 29, tasks: { 'smc-146': 132 } }),
  fact('invoke-function-graph-6.12.txt', { pairs: 42, ends: { done: 22, 'rpc-command': 20 }, calls: 22, leafSumNs: 7599488 }),
  fact('invoke-function-tracer.txt', { pairs: 42, ends: { done: 22, 'rpc-command': 20 }, calls: 22, sumUs: 8236, longestUs: 638, tasks: { 'smc-152': 84 } }),
  fact('function-graph-v7-report.txt', { pairs: 63, ends: { 'rpc-command': 36, done: 22, 'foreign-interrupt': 5 }, calls: 22, leafSumNs: 96516048, tasks: { 'smc-210': 126 } }),
  withInterrupts(fact('hello-v7.dat', { ...hello, sumNs: 131776864 }, 'trace-cmd-dat'), irqsOfHello),
  withInterrupts(fact('hello-v7-report.txt', { ...hello, sumUs: 131774, longestUs: 75312, tasks: { 'optee_example_h-193': 80 } }), irqsOfHello),
  withInterrupts(fact('hello-v7-report-latency-ns.txt', { ...hello, sumNs: 131776864, tasks: { 'optee_ex-193': 80 } }), irqsOfHello),
  fact('steps-v6.dat', { pairs: 1084, ends: { done: 843, 'foreign-interrupt': 205, 'rpc-command': 36 }, calls: 843, sumNs: 903284528 }, 'trace-cmd-dat'),
  fact('steps-v6-report.txt', { pairs: 1084, ends: { done: 843, 'foreign-interrupt': 205, 'rpc-command': 36 }, calls: 843, sumUs: 903313, longestUs: 5064, tasks: { 'smc-153': 2166, 'irq/18-optee_no-102': 2 } }),
  fact('hello-op-tee-3.13.txt', { pairs: 80, ends: { 'rpc-command': 76, done: 3, 'rpc-alloc': 1 }, calls: 3, sumUs: 78527, longestUs: 10968, tasks: { 'optee_example_h-105': 160 } }),
  fact('hello-rt.txt', { pairs: 80, ends: { 'rpc-command': 71, 'foreign-interrupt': 6, done: 3 }, calls: 3, sumUs: 153892, longestUs: 23278, tasks: { 'optee_example_h-117': 160 } }),
  fact('cut-both-ends.txt', {
    pairs: 104,
    ends: { 'foreign-interrupt': 100, done: 4 },
    calls: 4,
    whole: 3,
    headless: 1,
    sumUs: 399523,
    longestUs: 5579,
    skipped: { 'begin without its end': 1, 'end without its begin': 1, 'call without its head': 1 },
  }),
  fact('overwritten-ring.txt', { pairs: 662, ends: { done: 662 }, calls: 662, sumUs: 152297, longestUs: 515, tasks: { 'smc-155': 1324 }, skipped: { 'event overwritten in the ring (its header)': 4680 } }),
  fact('lost-events-pipe.txt', {
    pairs: 456,
    ends: { done: 232, 'rpc-command': 224 },
    calls: 232,
    whole: 231,
    headless: 1,
    sumUs: 99088,
    longestUs: 1075,
    tasks: { 'irq/18-optee_no-102': 8, 'smc-161': 700, '<...>-162': 204 },
    skipped: { 'call without its end': 1, 'call without its head': 1, 'event lost (LOST lines)': 5304 },
  }),
  fact('tgid-mono-clock.txt', { pairs: 272, ends: { 'rpc-command': 134, done: 96, 'foreign-interrupt': 24, 'thread-limit': 18 }, calls: 96, refused: 18, sumUs: 350041, longestUs: 31200, tasks: { 'smc-166': 168, 'smc-167': 198, 'smc-168': 178 } }),
  fact('latency-format.txt', { pairs: 60, ends: { 'rpc-command': 36, done: 23, 'foreign-interrupt': 1 }, calls: 23, sumUs: 118852, longestUs: 56187, tasks: { 'smc-171': 118, 'irq/18-o-102': 2 } }),
  otherEvents('juno-thermal-tracecmd.txt', 804, ['cdev_update', 201], 8, '1583.765274', '1590.426828', [4], 1),
  otherEvents('ext4-tracecmd.txt', 69, ['ext4_da_write_end', 18], 8, '3843.734440', '6906.217418', [0, 1, 2, 3, 4, 5, 7], 8),
  otherEvents('sched-stats-tracecmd.txt', 51, ['sched_stat_runtime', 21], 5, '34.896920', '34.901511', [0, 1], 8),
  { file: 'trace-cmd-dat/sched-32bit.dat', format: 'trace-cmd-dat', reads: 'refused', because: /events without one/ },
  {
    file: 'optee-ftrace/ta-entry-graph.txt',
    format: 'optee-graph',
    reads: 'trace',
    fails({ ops, header, strings }) {
      const types = Array.from(ops.type, (type) => strings[type]!)
      return differs({
        durations: [15, ops.length],
        leaves: [10, types.filter((type) => type === 'leaf').length],
        closed: [5, types.filter((type) => type === 'function').length],
        'never closed': [11, header.skipped['frame that is never closed']],
      })
    },
  },
]
