import { boolean, integer } from '@oclif/core/flags'
import { printable } from '../base/quote.js'
import { formatNs } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag, cellFlags, cellSpec } from '../cli/cell-flags.js'
import { policyFlag, traceArg } from '../cli/flags.js'
import { asRecorded, hasPrefill, type AsRecorded } from '../analysis/as-recorded.js'
import { endOf, notices } from '../analysis/notices.js'
import { originLine, type Origin } from '../analysis/origin-line.js'
import { recordedCells, recordedColumns } from '../cli/show-recorded.js'
import { causeCells, pathCells } from '../cli/show-run.js'
import { serviceCells, taxCells } from '../cli/show-service.js'
import type { RunResult } from '../run/result.js'
import type { PathLink } from '../study/explain.js'

export default class Replay extends WorldswitchCommand {
  static override summary = 'Replay one trace or workload under one policy: every window, attributed to the nanosecond.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy flexserve',
    '<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy "optimized-strawman?allocate=inside" --savings',
    '<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --policy flexserve --explain-step 1',
  ]
  static override args = { trace: traceArg }
  static override flags = {
    policy: policyFlag,
    ...cellFlags,
    'carry-over': carryOverFlag,
    savings: boolean({ summary: 'Also replay with each cause free: what it really costs.' }),
    'explain-step': integer({ min: 0, helpValue: 'K', summary: 'Print the critical path of step K (0: the prefill), task by task.' }),
  }

  async run(): Promise<RunResult & { origin: Origin & { line: string }; asRecorded: AsRecorded | null; path?: PathLink[] }> {
    const { args, flags } = await this.parse(Replay)
    const [{ openStore }, { resolveSubject }, { runCell, replaysOf }, { explainStep }, { originOf }, { holdComparable, incomparable }] = await Promise.all([
      import('../store/store.js'),
      import('../study/resolve-subject.js'),
      import('../study/cell.js'),
      import('../study/explain.js'),
      import('../study/origin.js'),
      import('../study/comparable.js'),
    ])
    const spec = await cellSpec(flags, [flags.policy])
    const store = openStore(this.dbPath(flags))
    try {
      const subject = await resolveSubject(store, args.trace, spec.device.profile)
      const progress = this.progress(`replaying ${subject.name}`, replaysOf(spec))
      const { result, replayed, policy } = await runCell({ ...spec, subject, policy: flags.policy, savings: flags.savings, onReplay: (done) => progress.update(done) })
      progress.stop()
      const step = flags['explain-step']
      const path = step === undefined ? undefined : explainStep(subject, replayed, step)
      const origin = originOf(subject, spec.device.profile)
      if (!flags['carry-over']) holdComparable(subject.name, 1, incomparable([{ policy: flags.policy, shares: result.shares }], origin), 1)
      const recorded = subject.trace === undefined ? null : asRecorded(subject.trace)
      const line = originLine(origin, [result.shares])
      this.show(result, line, recorded, subject.trace === undefined || hasPrefill(subject.trace))
      for (const notice of notices([{ result, secure: policy.memory.secure }], recorded, origin.here)) this.warnLine(notice)
      if (path !== undefined) {
        this.print(`critical path of step ${step}: ${path.length} links`)
        this.table(pathCells(path))
      }
      for (const warning of [...result.warnings, ...(result.intervals?.notes ?? [])]) this.warnLine(warning)
      const printed = { ...result, origin: { ...origin, line }, asRecorded: recorded }
      return path === undefined ? printed : { ...printed, path }
    } finally {
      store.close()
    }
  }

  private show(result: RunResult, line: string, recorded: AsRecorded | null, prefilled: boolean): void {
    this.print(`${printable(result.cell.traceName)} under ${result.cell.policy} on ${result.cell.device}: ${printable(line, 1000)}`)
    if (recorded !== null) this.table(recordedCells(recorded, { policy: result.cell.policy, ns: endOf(result) }), recordedColumns)
    const { serving } = result
    if (serving !== null) this.table(serviceCells([result]))
    for (const request of serving === null ? result.requests : []) {
      const tpot = request.tpotNs === null ? '' : `, ${prefilled ? 'TPOT' : 'later pass'} ${formatNs(request.tpotNs)}`
      this.print(prefilled ? `request ${printable(request.id)}: TTFT ${formatNs(request.ttftNs)}${tpot}, end to end ${formatNs(request.e2eNs)} for ${request.tokens} tokens` : `request ${printable(request.id)}: run time ${formatNs(request.e2eNs)}${tpot}`)
      const windows = result.windows.filter((window) => window.request === request.id)
      this.table(causeCells(windows, prefilled))
    }
    this.table(taxCells([result]))
    if (result.intervals !== null) {
      const { ttftNs, tpotNs, samples } = result.intervals
      this.print(`95 % over ${samples} draws: ${prefilled ? 'TTFT' : 'first pass'} ${formatNs(ttftNs.lowNs)} – ${formatNs(ttftNs.highNs)}${tpotNs === null ? '' : `, ${prefilled ? 'TPOT' : 'later pass'} ${formatNs(tpotNs.lowNs)} – ${formatNs(tpotNs.highNs)}`}`)
    }
  }
}
