import { BadInput } from '../../base/errors.js'
import type { Source } from '../../trace/source.js'
import type { HeaderFacts, TraceWriter } from '../../trace/writer.js'
import type { ImportTools } from '../format.js'
import { eachLogLine } from '../log-lines.js'
import { OpDrafts } from '../op-drafts.js'
import { Skipped } from '../skipped.js'
import type { SwitchPart } from './calls.js'
import { FtraceReader, type FtraceTally } from './reader.js'

const MAX_LANES = 100_000

/** Reads recorded world switches: each SMC an op of kind `world-switch`, each return to the normal world in the middle
 *  of a call an `rpc`, each handler that ran before the end event an `interrupt`. Throws `BadInput` without any. */
export async function readFtrace(source: Source, into: TraceWriter, tools: ImportTools, format = 'ftrace'): Promise<HeaderFacts> {
  const skipped = new Skipped()
  const drafts = new OpDrafts(source, into, tools)
  let mark = { step: -1, layer: -1 }
  let latestStep = 0
  let line = 0
  let hasClock = true
  let switches = 0
  const lanes = new Map<number, string>() // a task keeps the name that it had first
  const add = (part: SwitchPart): void => {
    switches++
    const isIrq = part.kind === 'interrupt'
    const isIn = mark.step >= 0
    const rules: Record<string, string> = {}
    if (part.how === 'function-graph') rules['durationNs'] = 'function-graph'
    if (part.how === 'no-clock') rules['durationNs'] = 'no-clock'
    if (isIn) rules['phase'] = rules['step'] = rules['layer'] = 'trace-marker'
    hasClock &&= !Number.isNaN(part.startNs)
    const lane = laneOf(part.comm, part.pid)
    drafts.add(
      {
        name: part.name,
        type: part.type,
        kind: part.kind,
        phase: !isIn ? 'other' : mark.step === 0 ? 'prefill' : 'decode',
        lane: isIrq ? `${lane} interrupts` : lane,
        step: isIn ? mark.step : latestStep,
        ...(isIn && mark.layer >= 0 ? { layer: mark.layer } : {}),
        ...(Number.isNaN(part.startNs) ? {} : { startNs: part.startNs }),
        durationNs: part.durationNs,
        rules,
      },
      { file: source.name, line },
    )
  }
  const laneOf = (comm: string, pid: number): string => {
    const lane = lanes.get(pid) ?? `${comm}-${pid}`
    if (lanes.size < MAX_LANES) lanes.set(pid, lane)
    return lane
  }
  const reader = new FtraceReader(skipped, add, ({ at, text, step, layer }) => {
    mark = { step, layer }
    if (step >= 0) latestStep = step
    if (layer < 0 && !Number.isNaN(at.timeNs))
      drafts.add({ name: text, kind: 'mark', lane: laneOf(at.comm, at.pid), step: latestStep, startNs: at.timeNs, durationNs: 0 }, { file: source.name, line })
  })
  try {
    await eachLogLine(source, tools, skipped, (text, number) => {
      line = number
      reader.line(text)
    })
    reader.finish()
    const { tally } = reader
    if (switches === 0)
      throw new BadInput(
        { file: source.name, line: 1 },
        'events of world switches (optee_invoke_fn_begin and _end, scm_call_start and _end, or optee_smccc_smc in a function graph)',
        `${tally.events} events without one: ${namesOf(tally)}`,
        'record with `trace-cmd record -e optee -e irq -e sched`',
      )
    if (tally.overwritten > 0) skipped.count('event overwritten in the ring (its header)', tally.overwritten)
    if (tally.lost > 0) skipped.count('event lost (LOST lines)', tally.lost)
    const partial = tally.overwritten > 0 || tally.lost > 0
    return drafts.finish({
      device: 'unknown (Linux with a trusted OS)',
      tool: format === 'ftrace' ? 'Linux ftrace' : 'trace-cmd',
      format,
      note:
        `${tally.events} events of ${tally.cpus.size} CPUs; ${hasClock ? 'times by the trace clock of the kernel' : 'no clock in the file: starts laid out in file order'}` +
        (partial ? '; events were lost: counts are a lower bound' : ''),
      requests: [{ id: 'recording', arrivalNs: 0, promptTokens: 0, outputTokens: 0 }],
      skipped,
    })
  } finally {
    drafts.close()
  }
}

function namesOf({ byName }: FtraceTally): string {
  const names = [...byName].sort(([, a], [, b]) => b - a)
  return names.length === 0 ? 'none' : names.slice(0, 4).map(([name, count]) => `${count} ${name}`).join(', ')
}
