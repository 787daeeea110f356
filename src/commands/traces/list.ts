import { WorldswitchCommand } from '../../cli/base-command.js'

interface ListedTrace {
  readonly name: string
  readonly otherNames: readonly string[]
  readonly hash: string
  readonly ops: number
  readonly requests: number
  readonly how: string
  readonly device: string
  /** The device profile that the machine is; null: unknown, or synthetic. */
  readonly profile: string | null
  readonly emulated: boolean
  readonly models: readonly string[]
  readonly importedAtWallMs: number
}

export default class TracesList extends WorldswitchCommand {
  static override summary = 'List the stored traces.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']

  async run(): Promise<{ schema: string; traces: ListedTrace[] }> {
    const { flags } = await this.parse(TracesList)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const traces = store.list().map(({ name, otherNames, hash, ops, importedAtWallMs }): ListedTrace => {
        const { requests, provenance, device, profile, models } = store.header(hash)
        return {
          name,
          otherNames,
          hash,
          ops,
          requests: requests.length,
          how: provenance.how,
          device,
          profile: profile ?? null,
          emulated: provenance.emulated === true,
          models: models.map(({ id }) => id),
          importedAtWallMs,
        }
      })
      if (traces.length === 0) this.print('no traces yet: import, record or synthesise one')
      else
        this.table(
          traces.map(({ name, otherNames, hash, importedAtWallMs, device, profile, emulated, ...rest }) => ({
            ...rest,
            name: [name, ...otherNames].join(', '),
            device: `${device}${emulated ? ' (emulated)' : ''}`,
            profile: profile ?? '',
            hash: hash.slice(0, 12),
            imported: new Date(importedAtWallMs).toISOString().slice(0, 16).replace('T', ' '),
          })),
          ['name', 'hash', 'ops', 'requests', 'how', 'models', 'device', 'profile', 'imported'].map((key) => ({ key })),
        )
      return { schema: 'worldswitch-traces/1', traces }
    } finally {
      store.close()
    }
  }
}
