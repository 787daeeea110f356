import { availableParallelism } from 'node:os'
import { boolean, integer, string } from '@oclif/core/flags'
import { UsageFault } from '../base/errors.js'
import { WorldswitchCommand } from '../cli/base-command.js'

export default class Worker extends WorldswitchCommand {
  static override summary = 'Replay cells for studies on a queue, until it is stopped.'
  static override description = 'Any number of workers on any number of machines; the study is started with --queue. Debian: `apt-get install redis-server && redis-server --port 6379`.'
  static override examples = ['<%= config.bin %> <%= command.id %> --queue redis://localhost:6379', '<%= config.bin %> <%= command.id %> --queue redis://build:6379 --threads 4 --allow-policy-code']
  static override flags = {
    queue: string({ required: true, helpValue: 'URL', summary: 'The queue: redis://HOST:PORT.' }),
    threads: integer({ min: 1, max: 256, helpValue: 'N', summary: 'Cells replayed at once. [default: the machine’s cores]' }),
    'allow-policy-code': boolean({ summary: 'Run policy modules that studies bring along: their code runs here.' }),
    'idle-exit': integer({ min: 1, helpValue: 'SECONDS', summary: 'End when nothing came for so long.' }),
  }

  async run(): Promise<{ schema: string; cells: number }> {
    const { flags } = await this.parse(Worker)
    if (!/^rediss?:\/\//.test(flags.queue)) throw new UsageFault(`--queue: expected redis://HOST:PORT, found ${flags.queue}`)
    const [{ startQueueWorker }, { inTemporaryFolder }, { shownUrl }] = await Promise.all([import('../study/executors/queue-worker.js'), import('../record/temporary-folder.js'), import('../study/executors/connect-queue.js')])
    let cells = 0
    await inTemporaryFolder(async (folder) => {
      let lastMs = performance.now()
      const worker = await startQueueWorker(flags.queue, {
        threads: flags.threads ?? availableParallelism(),
        allowPolicyCode: flags['allow-policy-code'],
        folder,
        onCells: (some) => {
          cells += some
          lastMs = performance.now()
        },
      })
      this.print(`worker of ${shownUrl(flags.queue)} with ${flags.threads ?? availableParallelism()} threads; Ctrl-C ends it, and its cells are redone by others`)
      const idleMs = (flags['idle-exit'] ?? Infinity) * 1000
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (performance.now() - lastMs < idleMs) return
          clearInterval(timer)
          resolve()
        }, 200)
      })
      await worker.close()
    })
    this.print(`${cells} cells replayed`)
    return { schema: 'worldswitch-worker/1', cells }
  }
}
