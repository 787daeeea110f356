import { sum } from 'simple-statistics'
import type { Trace } from '../trace/trace.js'
import type { AsRecordedRow } from './compared-tables.js'
import { isSwitchKind, phaseIndex, processorNames, type ProcessorName } from '../trace/words.js'

/** The passes of a recording as they were, before anything is replayed. What was loaded or set up beforehand is not of them: a policy
 *  restores in its own way. Times in ns. */
export interface AsRecorded {
  /** The machine in the file's own words, the profile that it is (null: unknown), and whether it was emulated. */
  readonly machine: string
  readonly profile: string | null
  readonly emulated: boolean
  /** False: the file has durations without starts, laid out one after another; there are no gaps then. */
  readonly hasStarts: boolean
  /** From the first start to the last end. */
  readonly spanNs: number
  /** Of it, how long at least one operator ran, and how long none did. */
  readonly busyNs: number
  readonly idleNs: number
  /** Sum over operators by processor; those that overlapped count each. */
  readonly deviceNs: Readonly<Partial<Record<ProcessorName, number>>>
  readonly operators: number
  /** Forward passes: a prefill and decode steps, or whatever ran. */
  readonly steps: number
  readonly idlePerStepNs: number
  /** First start to the end of the prefill, of the first request; null: there is no prefill. */
  readonly prefillNs: number | null
  /** Mean over the decode steps of all requests, from the end of the step before; null without any. */
  readonly decodeStepNs: number | null
}

/** Whether a trace holds a prefill: without one there is a run time, no time to first token. */
export const hasPrefill = ({ ops }: Trace): boolean => ops.phase.includes(phaseIndex.prefill)

/** What ran in a recording; null for a synthetic trace, which was recorded nowhere. */
export function asRecorded(trace: Trace): AsRecorded | null {
  const { header, ops } = trace
  if (header.provenance.how === 'synthetic') return null
  const isLaid = header.ruleSets.map((rules) => rules['startNs'] !== undefined)
  const deviceNs: Partial<Record<ProcessorName, number>> = {}
  const stepEnds = new Map<number, number>() // by request and step
  let [firstNs, lastNs, busyNs, operators, hasStarts] = [Infinity, 0, 0, 0, false]
  let coveredNs = -Infinity // ops come in order of start
  for (let i = 0; i < ops.length; i++) {
    if (isSwitchKind(ops.kind[i]!) || ops.phase[i] === phaseIndex.load) continue
    const startNs = ops.startNs[i]!
    const endNs = startNs + ops.durationNs[i]!
    const processor = processorNames[ops.processor[i]!]!
    deviceNs[processor] = (deviceNs[processor] ?? 0) + ops.durationNs[i]!
    firstNs = Math.min(firstNs, startNs)
    lastNs = Math.max(lastNs, endNs)
    busyNs += Math.max(0, endNs - Math.max(startNs, coveredNs))
    coveredNs = Math.max(coveredNs, endNs)
    hasStarts ||= isLaid[ops.rules[i]!] !== true
    operators++
    const key = ops.request[i]! * 2 ** 32 + ops.step[i]!
    stepEnds.set(key, Math.max(stepEnds.get(key) ?? 0, endNs))
  }
  if (operators === 0) return null
  const spanNs = lastNs - firstNs
  const decode = decodeSteps(stepEnds)
  const prefillEnd = hasPrefill(trace) ? stepEnds.get(0) : undefined
  return {
    machine: header.device,
    profile: header.profile ?? null,
    emulated: header.provenance.emulated === true,
    hasStarts,
    spanNs,
    busyNs,
    idleNs: spanNs - busyNs,
    deviceNs,
    operators,
    steps: stepEnds.size,
    idlePerStepNs: (spanNs - busyNs) / stepEnds.size,
    prefillNs: prefillEnd === undefined ? null : prefillEnd - firstNs,
    decodeStepNs: decode.length === 0 ? null : sum(decode) / decode.length,
  }
}

/** The same as a report's row. `unprotected`: what an unprotected replay of it takes on the target, in ns. */
export function asRecordedRow(recorded: AsRecorded, unprotected?: { readonly ns: number }): AsRecordedRow {
  const { machine, emulated, hasStarts, spanNs, busyNs, idleNs, idlePerStepNs, steps, deviceNs, prefillNs, decodeStepNs } = recorded
  const of = (processor: ProcessorName): number | null => deviceNs[processor] ?? null
  return {
    machine: `${machine}${emulated ? ' (emulated)' : ''}`,
    spanNs,
    busyNs,
    idleNs: hasStarts ? idleNs : null,
    idlePerStepNs: hasStarts ? idlePerStepNs : null,
    steps,
    cpuNs: of('cpu'),
    gpuNs: of('gpu'),
    npuNs: of('npu'),
    prefillNs,
    decodeStepNs,
    replayedNs: unprotected?.ns ?? null,
    ratio: unprotected === undefined || spanNs === 0 ? null : unprotected.ns / spanNs,
  }
}

/** Of each step but a request's first: from the end of the one before to its own. */
function decodeSteps(stepEnds: ReadonlyMap<number, number>): number[] {
  const keys = [...stepEnds.keys()].sort((a, b) => a - b)
  return keys.flatMap((key, i) => {
    const before = keys[i - 1]
    if (before === undefined || Math.floor(before / 2 ** 32) !== Math.floor(key / 2 ** 32)) return []
    return [Math.max(0, stepEnds.get(key)! - stepEnds.get(before)!)]
  })
}
