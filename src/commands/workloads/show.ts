import { string } from '@oclif/core/args'
import { printable } from '../../base/quote.js'
import { formatBytes, formatNs } from '../../base/units.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { summaryCells, workloadSummary } from '../../cli/workload-summary.js'
import type { Workload } from '../../trace/workload.js'

/** Requests that a terminal is shown; `--json` has all. */
const SHOWN = 20

export default class WorkloadsShow extends WorldswitchCommand {
  static override summary = 'Show a workload: what it stands for, its requests and events.'
  static override examples = ['<%= config.bin %> <%= command.id %> agent-chain', '<%= config.bin %> <%= command.id %> mine.workload.json --json']
  static override args = { workload: string({ required: true, description: 'A workload by name or id prefix, or a file.' }) }

  async run(): Promise<{ schema: string; hash: string; workload: Workload }> {
    const { args, flags } = await this.parse(WorkloadsShow)
    const [{ openStore }, { resolveWorkload }, { workloadHash }] = await Promise.all([
      import('../../store/store.js'),
      import('../../study/resolve-subject.js'),
      import('../../trace/workload-hash.js'),
    ])
    const store = openStore(this.dbPath(flags))
    try {
      const workload = await resolveWorkload(store, args.workload)
      const hash = workloadHash(workload)
      this.show(workload, hash)
      return { schema: 'worldswitch-workload-shown/1', hash, workload }
    } finally {
      store.close()
    }
  }

  private show(workload: Workload, hash: string): void {
    this.table([summaryCells(workloadSummary(workload), hash.slice(0, 12))])
    this.print(printable(workload.note, 4000))
    this.print(`made by: ${printable(workload.source, 1000)}`)
    this.table(
      workload.requests.slice(0, SHOWN).map(({ id, model, arrivalNs, after, thinkNs, workflow, session, promptTokens, outputTokens }) => ({
        request: id,
        model: workload.models[model]!.id,
        arrives: after === undefined ? formatNs(arrivalNs) : `after ${after.join(', ')}${thinkNs === undefined ? '' : ` + ${formatNs(thinkNs)}`}`,
        prompt: promptTokens,
        output: outputTokens,
        'workflow or session': workflow ?? session ?? '',
      })),
    )
    if (workload.requests.length > SHOWN) this.print(`… and ${workload.requests.length - SHOWN} more requests`)
    if (workload.memory.length > 0) this.table(workload.memory.slice(0, SHOWN).map(({ atNs, demandBytes }) => ({ at: formatNs(atNs), 'the normal world holds': formatBytes(demandBytes) })))
    if (workload.npu.length > 0) this.print(`${workload.npu.length} NPU jobs of the normal world, the first at ${formatNs(workload.npu[0]!.atNs)}, ${formatNs(workload.npu[0]!.durationNs)} long`)
  }
}
