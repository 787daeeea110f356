import { printable } from '../base/quote.js'
import { parameterIds } from '../device/profile.js'
import type { CellSpec } from '../study/cell.js'
import { replaysOf } from '../study/cell.js'
import { compareCells, type Compared } from '../study/compare.js'
import { reportCase, reportData } from '../study/report.js'
import type { Subject } from '../study/subject.js'
import type { Progress } from './progress.js'
import { makeFolder } from '../report/folder.js'
import { version } from './version.js'

/** What of a verb the making of a report needs. */
export interface Reporting {
  progress(label: string, total: number): Progress
  /** After each subject: to print its comparison. */
  compared?(subject: Subject, title: string, compared: Compared): void
}

export interface ReportOptions {
  readonly baseline?: string
  readonly out: string
  readonly name: string
  readonly title: string
  readonly images: boolean
  /** Shows policies too whose operators' times are carried over from another machine, marked. */
  readonly carryOver?: boolean
  readonly command: string
}

/** Replays every trace or workload under every policy and writes the report's files; returns their paths. */
export async function makeReport(
  reporting: Reporting,
  subjects: readonly { readonly subject: Subject; readonly title: string }[],
  policies: readonly string[],
  spec: Omit<CellSpec, 'subject' | 'policy'>,
  options: ReportOptions,
): Promise<string[]> {
  await makeFolder(options.out) // before the replays that would be lost
  const cases = []
  const compared: Compared[] = []
  for (const { subject, title } of subjects) {
    const samples = policies.length * replaysOf(spec)
    const progress = reporting.progress(`replaying ${subject.name}`, samples + policies.length * (parameterIds.length + 1))
    const one = await compareCells(subject, policies, { ...spec, carryOver: options.carryOver === true, onReplay: (done) => progress.update(done) }, options.baseline)
    let nudged = 0
    cases.push(await reportCase(subject, one, spec.device, title === '' ? titleOf(subject) : title, () => progress.update(samples + ++nudged)))
    progress.stop()
    compared.push(one)
    reporting.compared?.(subject, title === '' ? titleOf(subject) : title, one)
  }
  const { writeReport } = await import('../report/write.js')
  const data = reportData(cases, compared, spec.device, {
    title: options.title,
    version: version(),
    command: options.command,
    seed: spec.seed,
    samples: spec.samples,
    ...(spec.pressureBytes === undefined ? {} : { pressureBytes: spec.pressureBytes }),
  })
  return writeReport(data, options.out, options.name, { images: options.images })
}

/** What is replayed, for people: `llama-3.1-8b int8, prompt 128, output 32 (synthetic)`. */
export function titleOf({ name, trace, source }: Subject): string {
  if (trace === undefined) return `${name} (workload of ${source.requests.length} requests)`
  const { header } = trace
  const request = header.requests[0]
  const model = header.models[request?.model ?? 0]
  const how = header.provenance.how
  if (request === undefined || model === undefined || header.requests.length > 1) return `${header.name} (${how})`
  return `${model.id} ${model.quant}, prompt ${request.promptTokens}, output ${request.outputTokens} (${how})`
}

export function headline({ trace, source }: Subject, title: string, { comparison }: Compared): string {
  return `${printable(title)}: ${trace === undefined ? `${source.requests.length} requests` : `${trace.ops.length} ops`}; ${printable(comparison.origin.line, 1000)}; speed-ups over ${comparison.baseline}`
}
