import { string as stringArg } from '@oclif/core/args'
import { boolean, string } from '@oclif/core/flags'
import { printable } from '../base/quote.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { carryOverFlag, cellFlags, cellSpec, comparedPolicies } from '../cli/cell-flags.js'
import type { Compared, Comparison } from '../study/compare.js'
import type { Subject } from '../study/subject.js'

interface Reported {
  readonly schema: 'worldswitch-report/1'
  /** What each subject's part of the report begins with. */
  readonly cases: readonly ({ readonly trace: string } & (Pick<Comparison, 'origin' | 'asRecorded' | 'leftOut' | 'carriedOver' | 'notices'> | { readonly origin: Pick<Comparison['origin'], 'how' | 'machine' | 'emulated' | 'line'> }))[]
  readonly files: readonly string[]
}

export default class Report extends WorldswitchCommand {
  static override summary = 'Compare traces or workloads under several policies and write the report: one HTML file, Markdown, CSV. Of a trace of recorded world switches: their own page.'
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> llama-3.1-8b-int8-p128-o32 --out reports/out --samples 100',
    '<%= config.bin %> <%= command.id %> a.trace.jsonl b.trace.jsonl --policy strawman --policy flexserve --images',
  ]
  static override args = { trace: stringArg({ required: true, description: 'Stored traces or workloads by name or id prefix, or files.' }) }
  static override flags = {
    policy: comparedPolicies,
    ...cellFlags,
    'carry-over': carryOverFlag,
    baseline: string({ helpValue: 'POLICY', summary: 'What speed-ups are over. [default: strawman, else the first]' }),
    out: string({ default: '.', helpValue: 'DIR', summary: 'Folder for the files.' }),
    name: string({ default: 'worldswitch-report', helpValue: 'NAME', summary: 'Name of the files.' }),
    title: string({ default: 'Where the time goes when LLM inference moves into TrustZone', helpValue: 'TEXT', summary: 'Title of the page.' }),
    images: boolean({ summary: 'Also each chart as SVG and PNG.' }),
  }

  async run(): Promise<Reported> {
    const { argv, flags } = await this.parse(Report)
    const [{ openStore }, { resolveSubject }, { makeReport }, { recordedSwitches, reportSwitches }, { switchesLine }] = await Promise.all([
      import('../store/store.js'),
      import('../study/resolve-subject.js'),
      import('../cli/make-report.js'),
      import('../cli/report-switches.js'),
      import('../report/switches-page.js'),
    ])
    const spec = await cellSpec(flags, flags.policy)
    const store = openStore(this.dbPath(flags))
    try {
      const command = this.again
      const recorded = await recordedSwitches(store, argv as string[])
      if (recorded !== undefined) {
        const files = await reportSwitches(recorded, { out: flags.out, name: flags.name, command })
        const { name, device: machine, provenance: { how, emulated = false } } = recorded.header
        const line = switchesLine(recorded.header)
        this.print(`${printable(name)}: ${printable(line, 1000)}`)
        for (const file of files) this.print(printable(file, 1000))
        return { schema: 'worldswitch-report/1', cases: [{ trace: name, origin: { how, machine, emulated, line } }], files }
      }
      const subjects = []
      for (const ref of argv as string[]) subjects.push({ subject: await resolveSubject(store, ref, spec.device.profile), title: '' })
      const cases: Reported['cases'][number][] = []
      const compared = (subject: Subject, _title: string, { comparison: { origin, asRecorded, leftOut, carriedOver, notices } }: Compared): void => {
        cases.push({ trace: subject.name, origin, asRecorded, leftOut, carriedOver, notices })
        this.print(`${printable(subject.name)} on ${origin.device}: ${printable(origin.line, 1000)}`)
        for (const { policy, reason, help } of leftOut) this.print(`left out: ${printable(policy, 200)}: ${printable(reason, 500)}; ${printable(help, 500)}`)
        for (const { policy, reason } of carriedOver) this.print(`* ${printable(policy, 200)}: ${printable(reason, 500)}`)
        for (const notice of notices) this.warnLine(notice)
      }
      const files = await makeReport({ progress: (label, total) => this.progress(label, total), compared }, subjects, flags.policy, spec, {
        carryOver: flags['carry-over'],
        ...(flags.baseline === undefined ? {} : { baseline: flags.baseline }),
        out: flags.out,
        name: flags.name,
        title: flags.title,
        images: flags.images,
        command,
      })
      for (const file of files) this.print(printable(file, 1000))
      return { schema: 'worldswitch-report/1', cases, files }
    } finally {
      store.close()
    }
  }
}
