import { string } from '@oclif/core/args'
import { string as stringFlag } from '@oclif/core/flags'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { newFile } from '../../cli/new-file.js'

export default class PoliciesNew extends WorldswitchCommand {
  static override summary = 'Write a policy of your own to start from: an ES module with one mechanism of its own.'
  static override examples = ['<%= config.bin %> <%= command.id %> my-policy', '<%= config.bin %> <%= command.id %> keep-head --out policies']
  static override args = { name: string({ required: true, description: 'Its name: small letters, digits and dashes.' }) }
  static override flags = { out: stringFlag({ default: '.', helpValue: 'DIR', summary: 'Folder for the file.' }) }

  async run(): Promise<{ schema: string; file: string }> {
    const { args, flags } = await this.parse(PoliciesNew)
    const file = newFile('policy', args.name, flags.out, '.mjs')
    const [{ policyTemplate }, { writeTextFile }] = await Promise.all([import('../../study/policy-module/template.js'), import('../../study/trace-file.js')])
    await writeTextFile(policyTemplate(args.name), file)
    this.print(`wrote ${printable(file, 200)}; check it with: worldswitch policies check ${printable(file, 200)}`)
    return { schema: 'worldswitch-policy-new/1', file }
  }
}
