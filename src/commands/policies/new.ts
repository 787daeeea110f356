import { string } from '@oclif/core/args'
import { string as stringFlag } from '@oclif/core/flags'
import { UsageFault } from '../../base/errors.js'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'

export default class PoliciesNew extends WorldswitchCommand {
  static override summary = 'Write a policy of your own to start from: an ES module with one mechanism of its own.'
  static override examples = ['<%= config.bin %> <%= command.id %> my-policy', '<%= config.bin %> <%= command.id %> keep-head --out policies']
  static override args = { name: string({ required: true, description: 'Its name: small letters, digits and dashes.' }) }
  static override flags = { out: stringFlag({ default: '.', helpValue: 'DIR', summary: 'Folder for the file.' }) }

  async run(): Promise<{ schema: string; file: string }> {
    const { args, flags } = await this.parse(PoliciesNew)
    if (!/^[a-z][a-z0-9-]{0,59}$/.test(args.name)) throw new UsageFault(`a policy cannot be called ${printable(args.name, 60)}`, 'small letters, digits and dashes, a letter first')
    const [{ policyTemplate }, { writeTextFile }, { join }, { existsSync }] = await Promise.all([
      import('../../study/policy-module/template.js'),
      import('../../study/trace-file.js'),
      import('node:path'),
      import('node:fs'),
    ])
    const file = join(flags.out, `${args.name}.mjs`)
    if (existsSync(file)) throw new UsageFault(`${printable(file, 200)} is there already`, 'choose another name, or remove it first')
    await writeTextFile(policyTemplate(args.name), file)
    this.print(`wrote ${printable(file, 200)}; check it with: worldswitch policies check ${printable(file, 200)}`)
    return { schema: 'worldswitch-policy-new/1', file }
  }
}
