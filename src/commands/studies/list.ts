import { WorldswitchCommand } from '../../cli/base-command.js'
import type { StudyEntry } from '../../store/studies.js'

type Listed = Pick<StudyEntry, 'name' | 'hash' | 'kind' | 'cells' | 'done' | 'refused' | 'failed'>

export default class StudiesList extends WorldswitchCommand {
  static override summary = 'List the studies whose cells are stored.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<{ schema: string; studies: Listed[] }> {
    const { flags } = await this.parse(StudiesList)
    const { openStore } = await import('../../store/store.js')
    const store = openStore(this.dbPath(flags))
    try {
      const studies = store.studies.list().map(({ name, hash, kind, cells, done, refused, failed }): Listed => ({ name, hash, kind, cells, done, refused, failed }))
      this.table(studies.map((study) => ({ ...study, hash: study.hash.slice(0, 12) })))
      return { schema: 'worldswitch-studies/1', studies }
    } finally {
      store.close()
    }
  }
}
