import type { Place } from '../../base/errors.js'
import type { OpDrafts } from '../op-drafts.js'
import type { SwitchPart } from './parts.js'
import type { StepMark } from './reader.js'
import type { TaskNames } from './task-names.js'

/** Parts of calls and marks as ops: a lane a task, its handlers beside it, counted to the step that the run is in. */
export class SwitchDrafts {
  /** Parts that were added, marks left out. */
  switches = 0
  hasClock = true
  private at = { step: -1, layer: -1 }
  private latestStep = 0

  constructor(
    private readonly drafts: OpDrafts,
    private readonly tasks: TaskNames,
    private readonly place: () => Place,
  ) {}

  readonly part = (part: SwitchPart): void => {
    this.switches++
    const { step, layer } = this.at
    const isIn = step >= 0
    const rules: Record<string, string> = {}
    if (part.how === 'function-graph') rules['durationNs'] = 'function-graph'
    if (part.how === 'no-clock') rules['durationNs'] = 'no-clock'
    if (part.call !== undefined && part.call !== 'first-entry') rules['call'] = part.call
    if (isIn) rules['phase'] = rules['step'] = rules['layer'] = 'trace-marker'
    this.hasClock &&= !Number.isNaN(part.startNs)
    const lane = this.tasks.of(part)
    this.drafts.add(
      {
        name: part.name,
        type: part.type,
        kind: part.kind,
        phase: !isIn ? 'other' : step === 0 ? 'prefill' : 'decode',
        lane: part.kind === 'interrupt' ? `${lane} interrupts` : lane,
        step: isIn ? step : this.latestStep,
        ...(isIn && layer >= 0 ? { layer } : {}),
        ...(Number.isNaN(part.startNs) ? {} : { startNs: part.startNs }),
        durationNs: part.durationNs,
        rules,
      },
      this.place(),
    )
  }

  readonly mark = ({ at, text, step, layer }: StepMark): void => {
    this.at = { step, layer }
    if (step >= 0) this.latestStep = step
    if (layer < 0 && !Number.isNaN(at.timeNs))
      this.drafts.add({ name: text, kind: 'mark', lane: this.tasks.of(at), step: this.latestStep, startNs: at.timeNs, durationNs: 0 }, this.place())
  }
}
