import { integer, string } from '@oclif/core/flags'
import { UsageFault } from '../../base/errors.js'
import { commandLine } from '../../base/shell.js'
import { printable } from '../../base/quote.js'
import { WorldswitchCommand } from '../../cli/base-command.js'
import { workloadKinds } from '../../synth/workload.js'

interface SynthesisedWorkload {
  readonly schema: 'worldswitch-synth-workload/1'
  readonly name: string
  readonly hash: string
  readonly requests: number
  readonly kind: string
  readonly seed: number
  /** Written here, or stored (null). */
  readonly file: string | null
  readonly existed: boolean
}

export default class SynthWorkload extends WorldswitchCommand {
  static override summary = 'Synthesise a workload: requests over time, and what the normal world wants meanwhile.'
  static override description = `Kinds: ${workloadKinds.map(({ id, summary }) => `${id} (${summary})`).join('; ')}. What is assumed in one stands in its note (\`workloads show\`).`
  static override examples = [
    '<%= config.bin %> <%= command.id %> --kind random --requests 200 --hours 1 --seed 7',
    '<%= config.bin %> <%= command.id %> --kind pairs --output 8 --out pairs.workload.json',
  ]
  static override flags = {
    kind: string({ required: true, options: workloadKinds.map(({ id }) => id), summary: 'What kind of workload.' }),
    seed: integer({ default: 1, helpValue: 'N', summary: 'Same options and seed, same workload.' }),
    model: string({ multiple: true, helpValue: 'ID[:QUANT]', summary: 'A model, int8 unless said; several in the order of their roles. [default: the kind’s]' }),
    requests: integer({ min: 1, max: 10_000, helpValue: 'N', summary: 'Requests, workflows or turns. [default: the kind’s]' }),
    hours: string({ helpValue: 'H', summary: 'Over about so many hours. [default: the kind’s]' }),
    prompt: integer({ min: 1, max: 100_000, helpValue: 'N', summary: 'Tokens of a prompt, or their median. [default: the kind’s]' }),
    output: integer({ min: 1, max: 100_000, helpValue: 'N', summary: 'Tokens out, or their median. [default: the kind’s]' }),
    name: string({ helpValue: 'NAME', summary: 'Its name. [default: kind and seed]' }),
    out: string({ helpValue: 'FILE', summary: 'Write a file instead of storing it.' }),
  }

  async run(): Promise<SynthesisedWorkload> {
    const { flags } = await this.parse(SynthWorkload)
    const [{ openStore }, { modelNamed, quantisationNamed }, { checkWorkload }, { workloadText }, { writeTextFile }, { workloadHash }] = await Promise.all([
      import('../../store/store.js'),
      import('../../study/names.js'),
      import('../../trace/check-workload.js'),
      import('../../synth/workload.js'),
      import('../../study/trace-file.js'),
      import('../../trace/workload-hash.js'),
    ])
    const kind = workloadKinds.find(({ id }) => id === flags.kind)!
    const given = { models: flags.model, requests: flags.requests, hours: flags.hours, promptTokens: flags.prompt, outputTokens: flags.output }
    const words = { models: 'model', requests: 'requests', hours: 'hours', promptTokens: 'prompt', outputTokens: 'output' } as const
    for (const [option, value] of Object.entries(given) as [keyof typeof given, unknown][])
      if (value !== undefined && !kind.heeds.includes(option)) throw new UsageFault(`a workload of kind ${kind.id} has no --${words[option]}`, `it has ${kind.heeds.map((heeded) => `--${words[heeded]}`).join(', ')}`)
    const models = flags.model?.map((text) => {
      const [id = '', quant = 'int8'] = text.split(':')
      return { id: modelNamed(id).id, quant: quantisationNamed(quant).id }
    })
    const hours = flags.hours === undefined ? kind.defaults.hours : Number(flags.hours)
    if (!(hours >= 0 && hours <= 8760)) throw new UsageFault(`--hours ${printable(flags.hours ?? '', 40)}: expected a number from 0 to 8760`)
    const name = flags.name ?? `${kind.id}-${flags.seed}`
    const shown = ['--kind', kind.id, '--seed', `${flags.seed}`, ...(flags.model ?? []).flatMap((one) => ['--model', one]), ...(['requests', 'hours', 'prompt', 'output'] as const).flatMap((flag) => (flags[flag] === undefined ? [] : [`--${flag}`, `${flags[flag]}`])), '--name', name]
    const made = kind.make({
      name,
      seed: flags.seed,
      models: models ?? kind.defaults.models,
      requests: flags.requests ?? kind.defaults.requests,
      hours,
      promptTokens: flags.prompt ?? kind.defaults.promptTokens,
      outputTokens: flags.output ?? kind.defaults.outputTokens,
      source: commandLine(['worldswitch', 'synth', 'workload', ...shown]),
    })
    const workload = checkWorkload(JSON.parse(JSON.stringify(made)), name)
    const result = { schema: 'worldswitch-synth-workload/1', requests: workload.requests.length, kind: kind.id, seed: flags.seed } as const
    if (flags.out !== undefined) {
      await writeTextFile(workloadText(workload), flags.out)
      this.print(`wrote ${printable(name)} (${workload.requests.length} requests) to ${printable(flags.out, 200)}`)
      return { ...result, name, hash: workloadHash(workload), file: flags.out, existed: false }
    }
    const store = openStore(this.dbPath(flags))
    try {
      const stored = await store.workloads.put(workload)
      this.print(`${stored.existed ? 'already stored' : 'stored'} ${printable(stored.name)}: ${workload.requests.length} requests, hash ${stored.hash.slice(0, 12)}`)
      return { ...result, name: stored.name, hash: stored.hash, file: null, existed: stored.existed }
    } finally {
      store.close()
    }
  }
}
