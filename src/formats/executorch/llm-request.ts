/** A request as an ExecuTorch runner reports it: times in seconds with the digits that were printed. */
export interface LlmRequest {
  readonly line: number
  promptTokens?: number
  generatedTokens?: number
  load?: string
  /** When that load began: what tells it from another one. */
  loadedAt?: number
  prompt?: string
  promptRate?: string | undefined
  generate?: string
  generateRate?: string | undefined
  first?: string
  total?: string
}

const TIMES = ['load', 'prompt', 'generate', 'first', 'total'] as const
const COUNTS = ['promptTokens', 'generatedTokens'] as const

/** A request's JSON line and its report in the log may stand apart: one goes to the output, the other to the log. Reports that are a JSON
 *  line told again are taken out: those that agree in every figure first, then those that agree in their counts, `onContradiction`. */
export function withoutEchoes(json: readonly LlmRequest[], reports: readonly LlmRequest[], onContradiction: () => void): LlmRequest[] {
  let told = [...json]
  const takeOut = (left: readonly LlmRequest[], isEcho: (of: LlmRequest, report: LlmRequest) => boolean, found: () => void): LlmRequest[] =>
    left.filter((report) => {
      const at = told.findIndex((one) => isEcho(one, report))
      if (at < 0) return true
      told = told.toSpliced(at, 1)
      found()
      return false
    })
  const others = takeOut(reports, (one, report) => sameCounts(one, report) && sameTimes(one, report), () => undefined)
  const own = takeOut(others, (one, report) => COUNTS.every((key) => report[key] !== undefined) && sameCounts(one, report), onContradiction)
  return [...json, ...own].sort((a, b) => a.line - b.line)
}

const sameCounts = (one: LlmRequest, other: LlmRequest): boolean =>
  COUNTS.every((key) => one[key] === undefined || other[key] === undefined || one[key] === other[key])

/** A report that is cut may lack some; stamps are milliseconds. */
const sameTimes = (one: LlmRequest, other: LlmRequest): boolean =>
  TIMES.some((key) => other[key] !== undefined) &&
  TIMES.every((key) => one[key] === undefined || other[key] === undefined || Math.abs(Number(one[key]) - Number(other[key])) < 0.0015)
