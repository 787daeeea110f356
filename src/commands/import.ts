import { string as stringArg } from '@oclif/core/args'
import { boolean, integer, string } from '@oclif/core/flags'
import { UsageFault } from '../base/errors.js'
import { printable, quoteFound } from '../base/quote.js'
import { formatShare, parseHz, parseNs } from '../base/units.js'
import { WorldswitchCommand } from '../cli/base-command.js'
import { doubtLines } from '../cli/doubt-lines.js'
import type { ImportedFile } from '../study/import-file.js'

interface ImportedWorkload {
  readonly file: string
  readonly name: string
  readonly hash: string
  readonly requests: number
  readonly existed: boolean
}

export default class Import extends WorldswitchCommand {
  static override summary = 'Store traces from files that runtimes write (see `formats`), compressed or not; workloads too.'
  static override description =
    'The format is found by content (see `formats`). A file that cannot be used leaves the store as it was; files ' +
    'before it stay. Content that is stored already is not stored again; with --name it gets that name too.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> decode.trace.jsonl.gz',
    '<%= config.bin %> <%= command.id %> profile.json --graph profile.graph.json --name decoder-p64',
    '<%= config.bin %> <%= command.id %> rknn.log --device rk3588-nanopc-t6',
    '<%= config.bin %> <%= command.id %> opencl.csv --model llama-3.1-8b --quant w4',
    '<%= config.bin %> <%= command.id %> table.csv --format csv --map name=kernel,durationNs=us:time,processor==gpu',
    '<%= config.bin %> <%= command.id %> inspector.tsv --clock 1.2GHz',
    '<%= config.bin %> <%= command.id %> profile.json --join switches.txt --offset 12.5ms',
    '<%= config.bin %> <%= command.id %> a.json b.json --json',
    'adb logcat -d | <%= config.bin %> <%= command.id %> - --name phone',
  ]
  static override strict = false
  static override args = { file: stringArg({ required: true, description: 'Files to import, each as one trace; `-` is standard input.' }) }
  static override flags = {
    format: string({ helpValue: 'ID', summary: 'Read them as this format. [default: what the content says]' }),
    name: string({ helpValue: 'NAME', summary: "Name of the stored trace; for one file. [default: the file's own]" }),
    model: string({ helpValue: 'MODEL', summary: 'The model that the file is of. [default: by its name and shapes in the file]' }),
    quant: string({ helpValue: 'QUANT', summary: 'How its weights are stored. [default: what the file says]' }),
    map: string({ helpValue: 'MAPPING|FILE', summary: 'Of --format csv or jsonl: field=column, field=unit:column, field==constant; or a JSON file of them.' }),
    'save-map': string({ helpValue: 'FILE', summary: 'Write the mapping of --map as JSON, to be used again.', dependsOn: ['map'] }),
    clock: string({ helpValue: 'HZ', summary: 'Ticks or cycles a second, for files whose units are no time.' }),
    join: string({ helpValue: 'FILE', summary: 'A trace of the world switches of the same run: both become one trace on one clock.' }),
    offset: string({ helpValue: 'TIME', summary: 'What to add to the times of --join (12.5ms). [default: found by matching steps]', dependsOn: ['join'] }),
    threads: integer({ min: 1, max: 2, helpValue: 'N', summary: 'Threads that scan a PyTorch profile; the trace is the same. [default: 2 from 2 GiB on]' }),
    device: string({ char: 'd', helpValue: 'ID|FILE', summary: 'The device that it was recorded on: a built-in one or a profile in JSON; `unknown` for none of them. [default: the one whose name stands in the file]' }),
    emulated: boolean({ allowNo: true, summary: 'The machine was emulated: its times are said to be an emulator’s. [default: what the file says]' }),
    graph: string({ helpValue: 'FILE', summary: 'What the recorder knew of the graph: the sidecar of a profile.' }),
  }

  async run(): Promise<{ schema: string; imported: ImportedFile[]; workloads: ImportedWorkload[] }> {
    const { argv, flags } = await this.parse(Import)
    const files = argv as string[]
    if (flags.name !== undefined && files.length > 1)
      throw new UsageFault('--name is for one file', 'import the files one by one')
    if (flags.join !== undefined && files.length > 1) throw new UsageFault('--join is for one file', 'import the files one by one')
    const offsetNs = flags.offset === undefined ? undefined : parseNs(flags.offset)
    if (flags.offset !== undefined && offsetNs === undefined)
      throw new UsageFault(`--offset: ${quoteFound(flags.offset)} is no time`, 'write a number and its unit: 12.5ms, -300us')
    const clock = flags.clock === undefined ? undefined : parseHz(flags.clock)
    if (flags.clock !== undefined && clock === undefined)
      throw new UsageFault(`--clock: ${quoteFound(flags.clock)} is no frequency`, 'write a number and its unit: 1.2GHz, 19.2MHz')
    const [{ openStore }, { importFile }, { readGraphFacts }, { isWorkloadFile, readWorkload }, { modelNamed, quantisationNamed }, { readMapping }, { writeTextFile }, { machineNamed }, { withInput }] = await Promise.all([
      import('../store/store.js'),
      import('../study/import-file.js'),
      import('../study/graph-file.js'),
      import('../study/workload-file.js'),
      import('../study/names.js'),
      import('../study/mapping-file.js'),
      import('../study/trace-file.js'),
      import('../study/device.js'),
      import('../study/with-input.js'),
    ])
    const model = flags.model === undefined ? undefined : modelNamed(flags.model)
    const quant = flags.quant === undefined ? undefined : quantisationNamed(flags.quant)
    const mapping = flags.map === undefined ? undefined : await readMapping(flags.map)
    if (flags['save-map'] !== undefined) await writeTextFile(`${JSON.stringify(mapping, null, 2)}\n`, flags['save-map'])
    const device = flags.device === undefined ? undefined : await machineNamed(flags.device)
    const graph = flags.graph === undefined ? undefined : await readGraphFacts(flags.graph)
    const store = openStore(this.dbPath(flags))
    const imported: ImportedFile[] = []
    const workloads: ImportedWorkload[] = []
    try {
      for (const file of files) {
        let progress: ReturnType<typeof this.progress> | undefined
        const onProgress = (readBytes: number, fileBytes: number) => {
          progress ??= this.progress(`importing ${file}`, fileBytes, 'bytes')
          progress.update(readBytes)
        }
        await withInput(file, async (input) => {
          if (await isWorkloadFile(input.path)) {
            const workload = await readWorkload(input.path)
            const stored = await store.workloads.put(flags.name === undefined ? workload : { ...workload, name: flags.name }, flags.name !== undefined)
            workloads.push({ file: input.name, requests: workload.requests.length, ...stored })
            this.table([{ workload: stored.name, hash: stored.hash.slice(0, 12), requests: workload.requests.length, note: stored.existed ? 'was stored already' : '' }])
            return
          }
          const one = await importFile(store, input, { format: flags.format, name: flags.name, graph, model, quant, mapping, clock, join: flags.join, offsetNs, device, emulated: flags.emulated, threads: flags.threads, onProgress })
          progress?.stop()
          imported.push(one)
          this.show(one)
        })
      }
    } finally {
      store.close()
    }
    return { schema: 'worldswitch-imported/1', imported, workloads }
  }

  private show({ name, otherNames, hash, ops, existed, device, profile, emulated, format, note, doubts, skipped, inferred }: ImportedFile): void {
    this.table([{ trace: name, hash: hash.slice(0, 12), ops, format, note: existed ? `was stored already${otherNames.length > 0 ? `, as ${otherNames.join(', ')}` : ''}` : '' }])
    this.print(`recorded on ${printable(device, 200)}: ${profile === null ? 'no device profile is known for it (--device, or traces set)' : `the device ${printable(profile)}`}${emulated ? '; emulated: its times are an emulator’s' : ''}`)
    if (note !== '') this.print(printable(note, 500))
    if (doubts.length > 0) {
      this.print('doubts about this recording (docs/recordings.md):')
      for (const line of doubtLines(doubts)) this.print(line)
    }
    const left = Object.entries(skipped)
    if (left.length > 0) {
      this.print('left out:')
      this.table(left.map(([reason, count]) => ({ count, reason })))
    }
    if (inferred.length > 0) {
      this.print('inferred:')
      this.table(inferred.map(({ field, rule, share }) => ({ field, rule, 'share of ops': formatShare(share) })))
    }
  }
}
