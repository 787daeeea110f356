import { integer, string } from '@oclif/core/flags'
import { WorldswitchCommand } from '../cli/base-command.js'
import { deviceFlag } from '../cli/flags.js'

interface Synthesised {
  readonly schema: 'worldswitch-synth/1'
  readonly name: string
  readonly hash: string
  readonly ops: number
  readonly existed: boolean
  readonly model: string
  readonly quant: string
  readonly promptTokens: number
  readonly outputTokens: number
  readonly device: string
}

export default class Synth extends WorldswitchCommand {
  static override summary = 'Synthesise a trace of a model analytically: operators, FLOPs, bytes, predicted times.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --model llama-3.1-8b --quant int8 --prompt 128 --output 32',
    '<%= config.bin %> <%= command.id %> --model qwen3-1.7b --prompt 512 --chunk 128 --name long-prompt',
  ]
  static override flags = {
    model: string({ char: 'm', required: true, helpValue: 'ID', summary: 'The model (see `models`).' }),
    quant: string({ char: 'q', default: 'int8', helpValue: 'ID', summary: 'How weights are stored: int8, w4, f16, or a runtime’s word such as Q4_K_M.' }),
    prompt: integer({ default: 128, helpValue: 'N', summary: 'Tokens of the prompt.' }),
    output: integer({ default: 32, helpValue: 'N', summary: 'Tokens out; the prefill gives the first.' }),
    chunk: integer({ helpValue: 'N', summary: 'Prefill in chunks of N tokens. [default: in one pass]' }),
    name: string({ helpValue: 'NAME', summary: 'Name of the stored trace. [default: model, quantisation and lengths]' }),
    device: deviceFlag,
  }

  async run(): Promise<Synthesised> {
    const { flags } = await this.parse(Synth)
    const [{ openStore }, { resolveDevice }, { synthesiseInto }, { modelNamed, quantisationNamed }] = await Promise.all([
      import('../store/store.js'),
      import('../study/device.js'),
      import('../synth/synth.js'),
      import('../study/names.js'),
    ])
    const model = modelNamed(flags.model)
    const quant = quantisationNamed(flags.quant)
    const { profile } = await resolveDevice(flags.device)
    const options = {
      model,
      quant,
      device: profile,
      promptTokens: flags.prompt,
      outputTokens: flags.output,
      ...(flags.chunk === undefined ? {} : { chunkTokens: flags.chunk }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
    }
    const store = openStore(this.dbPath(flags))
    try {
      const stored = await store.importTrace(flags.name ?? '', async (writer) => synthesiseInto(writer, options))
      this.print(`${stored.existed ? 'already stored' : 'stored'} ${stored.name}: ${stored.ops} ops, hash ${stored.hash.slice(0, 12)}`)
      return {
        schema: 'worldswitch-synth/1',
        name: stored.name,
        hash: stored.hash,
        ops: stored.ops,
        existed: stored.existed,
        model: model.id,
        quant: quant.id,
        promptTokens: flags.prompt,
        outputTokens: flags.output,
        device: profile.id,
      }
    } finally {
      store.close()
    }
  }
}
