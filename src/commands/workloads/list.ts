import { WorldswitchCommand } from '../../cli/base-command.js'
import { summaryCells, workloadSummary, type WorkloadSummary } from '../../cli/workload-summary.js'

type Listed = WorkloadSummary & { readonly where: 'stored' | 'shipped' }

export default class WorkloadsList extends WorldswitchCommand {
  static override summary = 'List the workloads: those that come with worldswitch and those that are stored.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  async run(): Promise<{ schema: string; workloads: Listed[] }> {
    const { flags } = await this.parse(WorkloadsList)
    const [{ openStore }, { shippedNames, shippedWorkload }] = await Promise.all([import('../../store/store.js'), import('../../study/workload-file.js')])
    const store = openStore(this.dbPath(flags))
    try {
      const workloads: Listed[] = []
      for (const { hash } of store.workloads.list()) workloads.push({ ...workloadSummary(store.workloads.load(hash)), where: 'stored' })
      for (const name of await shippedNames()) workloads.push({ ...workloadSummary(await shippedWorkload(name)), where: 'shipped' })
      this.table(workloads.map((workload) => summaryCells(workload, workload.where)))
      return { schema: 'worldswitch-workloads/1', workloads }
    } finally {
      store.close()
    }
  }
}
