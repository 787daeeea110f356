import { resolve } from 'node:path'
import { printable, printableJson, printableLines } from '../base/quote.js'
import { commandLine } from '../base/shell.js'
import type { Store } from '../store/store.js'
import type { RunCellsOptions } from '../study/cells/run-cells.js'
import type { Executor } from '../study/executors/executor.js'
import { Command, Flags } from './oclif.js'
import { startProgress, stopAllProgress, type Progress } from './progress.js'
import type { StudyFlags } from './study-flags.js'
import { columnsOf, renderTable, type TableColumn } from './table.js'

/** `--json` before a `--`: the same rule before a verb is known and inside it. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json')
}

/** What every verb shares: `--db`, `--json`, tables on stdout, progress and warnings on stderr. Errors are not
 *  handled here but where the command ends (main.ts), so that usage errors and unknown verbs meet the same rules.
 *  A verb's `run` returns what `--json` prints. */
export abstract class WorldswitchCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    db: Flags.string({
      env: 'WORLDSWITCH_DB',
      helpGroup: 'GLOBAL',
      helpValue: 'PATH',
      summary: 'The store: a SQLite file, made on first use. [default: worldswitch.db here]',
    }),
  }

  override jsonEnabled(): boolean {
    return wantsJson(this.argv)
  }

  protected override logJson(json: unknown): void {
    process.stdout.write(`${printableJson(json)}\n`)
  }

  protected override async catch(error: Error): Promise<never> {
    throw error
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    stopAllProgress()
    await super.finally(error)
  }

  /** Absolute path of the store. */
  protected dbPath(flags: { readonly db?: string | undefined }): string {
    return resolve(flags.db === undefined || flags.db === '' ? 'worldswitch.db' : flags.db)
  }

  /** This command as a line that can be pasted into a shell. */
  protected get again(): string {
    return commandLine(['worldswitch', ...(this.id ?? '').split(':'), ...this.argv])
  }

  /** Text on stdout; nothing under `--json`. What a terminal would act upon is escaped; a part that has to stay on its line goes
   *  through `printable` first. */
  protected print(text: string): void {
    this.log(printableLines(text))
  }

  /** Rows on stdout; nothing under `--json`. Ruled on a terminal, aligned text otherwise. */
  protected table(rows: readonly object[], columns: readonly TableColumn[] = columnsOf(rows)): void {
    if (this.jsonEnabled()) return
    const ruled = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb'
    const colour = ruled && !process.env['NO_COLOR']
    const width = process.stdout.columns > 0 ? { width: process.stdout.columns } : {} // a terminal may not know
    this.log(renderTable(rows, columns, { ruled, colour, ...width }))
  }

  /** Progress with the time left, on stderr; silent where stderr is no terminal. */
  protected progress(label: string, total: number, unit?: string): Progress {
    return startProgress(label, total, unit)
  }

  /** Progress over a study's cells; how many there are to replay is known once it has begun. */
  protected studyProgress(label: string, executor: string): { update(done: number, total: number): void; stop(): void } {
    let bar: Progress | undefined
    return {
      update: (done, total) => (bar ??= startProgress(`${label}, ${executor}`, total, 'cells')).update(done),
      stop: () => bar?.stop(),
    }
  }

  /** Opens the store and the executor that the flags ask for (`most`: cells at most), makes a study with both, and closes them. A
   *  module among `policies`, which are named on the command line, may be evaluated. */
  protected async study<R extends { readonly replayed: number; readonly reused: number }>(flags: StudyFlags & { readonly db?: string | undefined }, label: string, policies: readonly (string | undefined)[], most: number, make: (store: Store, executor: Executor, options: RunCellsOptions) => Promise<R>): Promise<R> {
    const [{ openStore }, { executorOf }, { consentTo }] = await Promise.all([import('../store/store.js'), import('./study-flags.js'), import('../study/policy-module/consent.js')])
    const store = openStore(this.dbPath(flags))
    try {
      const executor = await executorOf(flags, most)
      const progress = this.studyProgress(label, executor.name)
      try {
        const made = await make(store, executor, { retryFailed: flags['retry-failed'], keepTasks: flags['keep-tasks'], consent: consentTo(policies), onProgress: progress.update })
        progress.stop()
        this.noteCells(made.replayed, made.reused, store)
        return made
      } finally {
        await executor.close()
      }
    } finally {
      store.close()
    }
  }

  /** On stderr, so that a study's table is the same whether its cells were stored or not. */
  protected noteCells(replayed: number, reused: number, store: Store): void {
    process.stderr.write(`${replayed} cells replayed, ${reused} from the store\n`)
    if (store.isReadonly && replayed > 0) this.warnLine('the store may only be read: what was replayed is not kept')
  }

  /** A warning on stderr, under `--json` too. */
  protected warnLine(text: string): void {
    process.stderr.write(`warning: ${printable(text, 1000)}\n`)
  }
}
