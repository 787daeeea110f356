import { boolean, integer } from '@oclif/core/flags'
import { printable } from '../base/quote.js'
import { formatNs, formatShare } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { cellFlags, cellSpec } from '../cli/cell-flags.js'
import { policyFlag, traceArg } from '../cli/flags.js'
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
    savings: boolean({ summary: 'Also replay with each cause free: what it really costs.' }),
    'explain-step': integer({ min: 0, helpValue: 'K', summary: 'Print the critical path of step K (0: the prefill), task by task.' }),
  }

  async run(): Promise<RunResult & { path?: PathLink[] }> {
    const { args, flags } = await this.parse(Replay)
    const [{ openStore }, { resolveSubject }, { runCell, replaysOf }, { explainStep }] = await Promise.all([
      import('../store/store.js'),
      import('../study/resolve-subject.js'),
      import('../study/cell.js'),
      import('../study/explain.js'),
    ])
    const spec = await cellSpec(flags)
    const store = openStore(this.dbPath(flags))
    try {
      const subject = await resolveSubject(store, args.trace, spec.device.profile)
      const progress = this.progress(`replaying ${subject.name}`, replaysOf(spec))
      const { result, replayed } = await runCell({ ...spec, subject, policy: flags.policy, savings: flags.savings, onReplay: (done) => progress.update(done) })
      progress.stop()
      const step = flags['explain-step']
      const path = step === undefined ? undefined : explainStep(subject, replayed, step)
      this.show(result)
      if (path !== undefined) {
        this.print(`critical path of step ${step}: ${path.length} links`)
        this.table(pathCells(path))
      }
      for (const warning of [...result.warnings, ...(result.intervals?.notes ?? [])]) this.warnLine(warning)
      return path === undefined ? result : { ...result, path }
    } finally {
      store.close()
    }
  }

  private show(result: RunResult): void {
    this.print(`${printable(result.cell.traceName)} under ${result.cell.policy} on ${result.cell.device}: ${formatShare(result.predictedShare)} of compute time is predicted`)
    const { serving } = result
    if (serving !== null) this.table(serviceCells([result]))
    for (const request of serving === null ? result.requests : []) {
      const tpot = request.tpotNs === null ? '' : `, TPOT ${formatNs(request.tpotNs)}`
      this.print(`request ${printable(request.id)}: TTFT ${formatNs(request.ttftNs)}${tpot}, end to end ${formatNs(request.e2eNs)} for ${request.tokens} tokens`)
      const windows = result.windows.filter((window) => window.request === request.id)
      this.table(causeCells(windows))
    }
    this.table(taxCells([result]))
    if (result.intervals !== null) {
      const { ttftNs, tpotNs, samples } = result.intervals
      this.print(`95 % over ${samples} draws: TTFT ${formatNs(ttftNs.lowNs)} – ${formatNs(ttftNs.highNs)}${tpotNs === null ? '' : `, TPOT ${formatNs(tpotNs.lowNs)} – ${formatNs(tpotNs.highNs)}`}`)
    }
  }
}
