import { integer, string } from '@oclif/core/flags'
import { formatBytes, formatNs, formatShare } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { seedFlag } from '../cli/flags.js'
import type { RecordedTrace } from '../study/record-trace.js'

const size = (summary: string) => integer({ min: 1, helpGroup: 'MINIATURE', helpValue: 'N', summary })

export default class Record extends WorldswitchCommand {
  static override summary = 'Run a real decoder on this machine and record every operator of its prefill and decode.'
  static override description =
    'Writes a Llama-shaped 4-bit decoder with random weights, runs it with onnxruntime-node (which is not installed with ' +
    'worldswitch) with and without its profiler, and stores the trace with both step times. Times are real, tokens are not.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --layers 8 --hidden 1024 --heads 16 --kv-heads 4 --prompt 32 --output 8',
    '<%= config.bin %> <%= command.id %> --model qwen2.5-0.5b --prompt 128 --output 160 --out qwen.trace.jsonl.gz',
  ]
  static override flags = {
    model: string({ char: 'm', helpValue: 'ID', summary: 'The shape of a model (see `models`). [default: a miniature]' }),
    layers: size('Layers.'),
    hidden: size('Width of a token, a multiple of 32.'),
    heads: size('Query heads; a head is a multiple of 16 wide.'),
    'kv-heads': size('Key and value heads, a divisor of the query heads.'),
    ffn: size('Width of the feed-forward part, a multiple of 32.'),
    vocab: size('Tokens of the vocabulary.'),
    prompt: integer({ min: 1, max: 131_072, default: 128, helpValue: 'N', summary: 'Tokens of the prompt.' }),
    output: integer({ min: 1, max: 131_072, default: 32, helpValue: 'N', summary: 'Tokens out; the prefill gives the first.' }),
    threads: integer({ min: 1, default: 1, helpValue: 'N', summary: 'Threads of an operator.' }),
    rounds: integer({
      min: 1,
      max: 99,
      default: 3,
      helpValue: 'N',
      summary: 'Runs with and without the profiler, in turn; the median is kept.',
    }),
    seed: seedFlag,
    name: string({ helpValue: 'NAME', summary: 'Name of the stored trace. [default: model, prompt and output]' }),
    out: string({ helpValue: 'FILE', summary: 'Write the trace to a file too (.trace.jsonl, or .gz after it).' }),
    'keep-profile': string({ helpValue: 'DIR', summary: "Keep the runtime's profile and what is known of the graph." }),
    onnxruntime: string({
      env: 'WORLDSWITCH_ONNXRUNTIME',
      helpValue: 'DIR',
      summary: 'Folder in which onnxruntime-node is installed.',
    }),
  }

  async run(): Promise<{ schema: string } & RecordedTrace> {
    const { flags } = await this.parse(Record)
    const { recordTrace } = await import('../study/record-trace.js')
    const bars = new Map<string, ReturnType<typeof this.progress>>()
    const recorded = await recordTrace({
      request: {
        model: flags.model,
        layers: flags.layers,
        hidden: flags.hidden,
        heads: flags.heads,
        kvHeads: flags['kv-heads'],
        ffn: flags.ffn,
        vocab: flags.vocab,
      },
      promptTokens: flags.prompt,
      outputTokens: flags.output,
      threads: flags.threads,
      rounds: flags.rounds,
      seed: flags.seed,
      name: flags.name,
      out: flags.out,
      keepProfile: flags['keep-profile'],
      runtimeFolder: flags.onnxruntime,
      dbPath: this.dbPath(flags),
      onProgress: (stage, done, total) => {
        if (!bars.has(stage)) {
          for (const bar of bars.values()) bar.stop()
          bars.set(stage, this.progress(stage, total, stage === 'weights' ? 'bytes' : 'steps'))
        }
        bars.get(stage)!.update(done)
      },
    })
    for (const bar of bars.values()) bar.stop()
    const { overhead } = recorded
    this.table(
      [
        {
          name: recorded.name,
          hash: recorded.hash.slice(0, 12),
          ops: recorded.ops,
          weights: formatBytes(recorded.weightBytes),
          prefill: formatNs(recorded.prefillNs),
          step: recorded.stepNs === null ? null : formatNs(recorded.stepNs),
          prefillOverhead: formatShare(overhead.prefillShare),
          decodeOverhead: overhead.decodeShare === null ? null : formatShare(overhead.decodeShare),
        },
      ],
      [
        { key: 'name' },
        { key: 'hash' },
        { key: 'ops' },
        { key: 'weights', align: 'right' },
        { key: 'prefill', align: 'right' },
        { key: 'step', title: 'decode step', align: 'right' },
        { key: 'prefillOverhead', title: 'profiler in prefill', align: 'right' },
        { key: 'decodeOverhead', title: 'in decode', align: 'right' },
      ],
    )
    this.print(
      `Overheads are medians of ${overhead.rounds} rounds in turn; times are those of the unprofiled runs. ` +
        `Other work used ${formatShare(recorded.otherLoadShare)} of the cores meanwhile.`,
    )
    if (recorded.existed) this.warnLine(`the same content is stored already, as ${recorded.name}`)
    return { schema: 'worldswitch-record/1', ...recorded }
  }
}
