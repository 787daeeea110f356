import { WorldswitchCommand } from '../cli/base-command.js'
import type { HealthCheck } from '../cli/health.js'

export default class Doctor extends WorldswitchCommand {
  static override summary = 'Say what this machine has of what worldswitch needs or can use, and whether the store is sound.'
  static override description = 'Exits with 4 when something that is needed is at fault; what is absent only limits a verb.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  async run(): Promise<{ schema: string; ok: boolean; checks: HealthCheck[] }> {
    const { flags } = await this.parse(Doctor)
    const { checkHealth } = await import('../cli/health.js')
    const checks = await checkHealth(this.dbPath(flags))
    const columns = [{ key: 'name' }, { key: 'state' }, { key: 'found' }, { key: 'neededFor', title: 'needed for' }]
    this.table(checks, columns)
    const ok = checks.every(({ state }) => state !== 'fault')
    if (!ok) process.exitCode = 4
    return { schema: 'worldswitch-doctor/1', ok, checks }
  }
}
