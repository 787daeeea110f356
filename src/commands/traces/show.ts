import { printable } from '../../base/quote.js'
import { formatBytes, formatNs, formatShare } from '../../base/units.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { traceArg } from '../../cli/flags.js'
import { doubtLines } from '../../cli/doubt-lines.js'
import { recordedCells, recordedColumns } from '../../cli/show-recorded.js'
import { switchSections } from '../../cli/show-switches.js'
import type { TableColumn } from '../../cli/table.js'
import type { TraceSummary } from '../../study/trace-summary.js'

export default class TracesShow extends WorldswitchCommand {
  static override summary = 'Show what a trace holds: where it comes from, phases, kinds, processors, and what was inferred.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> decode-8b',
    '<%= config.bin %> <%= command.id %> profile.json --json',
  ]
  static override args = { trace: traceArg }

  async run(): Promise<TraceSummary> {
    const { args, flags } = await this.parse(TracesShow)
    const [{ openStore }, { resolveRef }, { traceSummary }] = await Promise.all([
      import('../../store/store.js'),
      import('../../study/import-file.js'),
      import('../../study/trace-summary.js'),
    ])
    const store = openStore(this.dbPath(flags))
    try {
      const summary = traceSummary(store, await resolveRef(store, args.trace))
      this.show(summary)
      return summary
    } finally {
      store.close()
    }
  }

  private show(summary: TraceSummary): void {
    const { name, hash, ops, provenance, models, requests, groups, inferred, skipped, doubts, asRecorded } = summary
    this.print(`${printable(name)}: ${ops} ops, ${provenance.how}, hash ${hash}`)
    const { dependencies, dependencyCount } = summary
    this.print(`${printable(whose(summary), 500)}; by ${printable(provenance.tool)}; ${dependencyCount} dependencies, ${dependencies}`)
    if (provenance.note !== undefined) this.print(printable(provenance.note, 500))
    if (doubts.length > 0) {
      this.print('\ndoubts about this recording (docs/recordings.md)')
      for (const line of doubtLines(doubts)) this.print(line)
    }
    const section = (title: string, rows: readonly object[], columns?: readonly TableColumn[]) => {
      if (rows.length === 0) return
      this.print(`\n${title}`)
      this.table(rows, columns)
    }
    if (asRecorded !== null) section('as recorded', recordedCells(asRecorded), recordedColumns.filter(({ key }) => key !== 'ratio' && key !== 'recorded'))
    section(
      'models',
      models.map(({ id, layers, quant, weightBytes }) => ({ id, layers, quant, weights: formatBytes(weightBytes) })),
    )
    section(
      'requests',
      requests.map(({ id, model, arrivalNs, promptTokens, outputTokens, ops: held, steps }) => ({
        id,
        model: models[model]?.id ?? '',
        arrival: formatNs(arrivalNs),
        prompt: promptTokens,
        output: outputTokens,
        ops: held,
        steps,
      })),
    )
    for (const [title, rows] of Object.entries(groups))
      section(
        title,
        rows.map(({ value, ops: held, durationNs, flops, bytes }) => ({
          [title]: value,
          ops: held,
          time: formatNs(durationNs),
          share: formatShare(durationNs / Math.max(1, summary.durationNs)),
          FLOPs: flops,
          bytes: formatBytes(bytes),
        })),
      )
    if (summary.worldSwitches !== null) for (const [title, rows] of switchSections(summary.worldSwitches)) section(title, rows)
    section(
      'where fields come from (shares of ops)',
      summary.origins.map(({ field, measured, computed, derived, inferred: guessed, unknown }) => ({ field, ...(computed === undefined ? { measured: formatShare(measured ?? 0) } : { computed: formatShare(computed) }), derived: formatShare(derived), inferred: formatShare(guessed), unknown: formatShare(unknown) })),
    )
    section(
      'inferred and derived, by rule',
      inferred.map(({ field, rule, ops: held, share }) => ({ field, rule, ops: held, 'share of ops': formatShare(share) })),
    )
    section(
      'left out by the importer',
      Object.entries(skipped).map(([reason, count]) => ({ count, reason })),
    )
  }
}

/** Whose times these are. */
function whose({ device, profile, provenance }: TraceSummary): string {
  if (provenance.how === 'synthetic') return `computed for ${device}: its times are predicted by that device’s rates`
  const known = profile === null ? 'which no device profile is said to describe' : `the device ${profile}`
  return `recorded on ${device}, ${known}${provenance.emulated === true ? '; emulated: its times are an emulator’s' : ''}`
}
