import { boolean } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag } from '../cli/cell-flags.js'
import { executorOf, studyFlags } from '../cli/study-flags.js'
import { sweptCells } from '../cli/show-sweep.js'
import type { SweepResult } from '../study/sweep/sweep.js'

/** Rows shown on a terminal; the files hold all. */
const SHOWN = 60

export default class Sweep extends WorldswitchCommand {
  static override summary = 'Replay a grid of cells: any parameter, option, workload or device along any axis.'
  static override description = 'The grid is a JSON file (schemas/sweep.schema.json) or one that comes with worldswitch; without one the latter are listed. Cells that were replayed before are taken from the store.'
  static override examples = ['<%= config.bin %> <%= command.id %> ttft-by-pressure --report out', '<%= config.bin %> <%= command.id %> my.sweep.json --dry-run', '<%= config.bin %> <%= command.id %> my.sweep.json --queue redis://localhost:6379']
  static override args = { grid: stringArg({ required: false, description: 'A grid: a file, or the name of a shipped one.' }) }
  static override flags = {
    ...studyFlags,
    'carry-over': carryOverFlag,
    'allow-policy-code': boolean({ summary: 'Run the policies’ modules that the grid names: their code runs here.' }),
    'dry-run': boolean({ summary: 'Say how many cells there are, how many are stored, and how long the rest would take.' }),
  }

  async run(): Promise<SweepResult | object> {
    const { args, flags } = await this.parse(Sweep)
    const [{ openStore }, { readGrid, shippedGrids }, { originLines, planSweep, runSweep, ordersOf }, { consentTo, NO_CODE, textsIn }] = await Promise.all([import('../store/store.js'), import('../study/sweep/read-grid.js'), import('../study/sweep/sweep.js'), import('../study/policy-module/consent.js')])
    if (args.grid === undefined) return this.listShipped(await shippedGrids(), readGrid)
    const { grid: read, file } = await readGrid(args.grid)
    const grid = flags['carry-over'] ? { ...read, carryOver: true } : read
    const store = openStore(this.dbPath(flags))
    try {
      const plan = await planSweep(store, grid, file, flags['allow-policy-code'] ? consentTo(textsIn(grid)) : NO_CODE)
      const orders = ordersOf(plan)
      if (flags['dry-run']) {
        const { dryRun } = await import('../study/cells/dry-run.js')
        const found = await dryRun(store, orders, plan.maker.shelf, plan.maker.consent)
        this.print(`${plan.points.length} points, ${orders.length} cells (${found.distinct} distinct), ${found.stored} of them stored; the rest takes about ${found.estimateText}, by ${found.timed} cells that were replayed just now`)
        return { schema: 'worldswitch-dry-run/1', points: plan.points.length, cells: orders.length, ...found }
      }
      const executor = await executorOf(flags, orders.length)
      const progress = this.studyProgress(grid.name, executor.name)
      const { result, replayed, reused } = await runSweep(store, plan, executor, { retryFailed: flags['retry-failed'], keepTasks: flags['keep-tasks'], onProgress: progress.update }).finally(() => executor.close())
      progress.stop()
      this.noteCells(replayed, reused, store)
      for (const line of originLines(result.origin.of.map((origin) => ({ subject: origin.subject, origin })))) this.print(printable(line, 1000))
      this.print(`${printable(result.study)}: ${result.cells.length} cells${result.question === '' ? '' : `. ${printable(result.question, 1000)}`}`)
      for (const { policy, subject, device, reason, help, cells } of result.leftOut) this.print(`left out: ${printable(policy, 200)} of ${printable(subject, 200)} on ${printable(device, 200)} (${cells} cell${cells === 1 ? '' : 's'}): ${printable(reason, 500)}; ${printable(help, 500)}`)
      this.table(sweptCells(result).slice(0, SHOWN))
      if (result.cells.length > SHOWN) this.print(`… ${result.cells.length - SHOWN} more: --report DIR or --json has all`)
      for (const warning of result.warnings) this.warnLine(warning)
      if (flags.report !== undefined) {
        const { writeSweep } = await import('../cli/report-sweep.js')
        for (const path of await writeSweep(grid, result, flags.report, this.again)) this.print(printable(path, 1000))
      }
      if (result.cells.some(({ state }) => state === 'failed')) process.exitCode = 1
      return result
    } finally {
      store.close()
    }
  }

  private async listShipped(names: readonly string[], readGrid: (name: string) => Promise<{ grid: { question?: string } }>): Promise<object> {
    const grids = await Promise.all(names.map(async (name) => ({ name, question: (await readGrid(name)).grid.question ?? '' })))
    this.table(grids)
    return { schema: 'worldswitch-sweeps/1', grids }
  }
}
