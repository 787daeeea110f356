import { WorldswitchCommand } from '../../cli/base-command.js'
import { printable } from '../../base/quote.js'
import type { StoreOrigin } from '../../store/origins.js'
import type { StudyEntry } from '../../store/studies.js'

type Listed = Pick<StudyEntry, 'name' | 'hash' | 'kind' | 'cells' | 'done' | 'refused' | 'failed'> & { readonly origin: StoreOrigin | null }

export default class StudiesList extends WorldswitchCommand {
  static override summary = 'List the studies whose cells are stored.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<{ schema: string; studies: Listed[] }> {
    const { flags } = await this.parse(StudiesList)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const studies = store.studies.list().map(({ id, name, hash, kind, cells, done, refused, failed }): Listed => ({ name, hash, kind, cells, done, refused, failed, origin: store.origins.of('study', String(id)) }))
      this.table(studies.map(({ origin, ...study }) => ({ ...study, hash: study.hash.slice(0, 12), 'merged from': origin === null ? '' : printable(origin.file, 100) })))
      return { schema: 'worldswitch-studies/1', studies }
    } finally {
      store.close()
    }
  }
}
