import { BadInput } from '../../base/errors.js'
import type { TraceRequest } from '../../trace/trace.js'
import { Expansion, type Aggregate } from '../expansion.js'
import type { ModelMatch } from '../model-match.js'
import { ModelWork } from '../model-work.js'
import type { OpDrafts } from '../op-drafts.js'
import { kindOfOpWord, type OpRole } from '../op-roles.js'
import type { Skipped } from '../skipped.js'
import { roleOfLabel, workOfLabel, type Pass } from './label-work.js'
import { passesOf, type PassRows, type PlacedPass, type Run } from './passes.js'

const MAX_LAYER_PASSES = 4_000_000

/** Writes runs: each its request; warm-ups, which the engine profiles too, are requests behind them. */
export class RunWriter {
  private readonly expansion: Expansion
  private readonly work: ModelWork | undefined
  private readonly steps: number[] = []
  private readonly prompts: number[] = []
  private readonly warmUps: { tokens: number; of: number }[] = []

  constructor(
    private readonly drafts: OpDrafts,
    private readonly match: ModelMatch | undefined,
    private readonly processor: 'cpu' | 'gpu',
    private readonly runs: number,
  ) {
    this.expansion = new Expansion(drafts)
    this.work = match === undefined ? undefined : new ModelWork(match.model, match.quant)
  }

  async run(run: Run, request: number, skipped: Skipped): Promise<void> {
    this.prompts[request] = run.promptTokens
    this.steps[request] = 0
    const warmUp = this.runs + this.warmUps.length
    const groups: PassRows[] = []
    // The prefill comes first, wherever its table was printed.
    for (const table of [...run.tables].sort((a, b) => Number(a.phase === 'decode') - Number(b.phase === 'decode'))) {
      const sum = table.rows.reduce((all, { totalNs }) => all + totalNs, 0)
      if (sum === 0) {
        skipped.count('table of zeros')
        continue
      }
      // Totals in ms are rounded a row: they may miss the printed one by half a µs each.
      if (!(Math.abs(sum - table.totalNs) <= 1000 * table.rows.length)) skipped.count('table whose rows do not add up to its total')
      const more = passesOf(table, run, { request, warmUp }, this.steps[request]!)
      groups.push(...more)
      for (const { passes } of more) for (const { at } of passes) if (at.request === request) this.steps[request] = Math.max(this.steps[request]!, at.step!)
    }
    const isWarmedUp = groups.some(({ passes }) => passes.some(({ what }) => what === 'warm-up'))
    if (isWarmedUp) this.warmUps.push({ tokens: run.warmUpTokens, of: request })
    const passes = groups.reduce((sum, group) => sum + group.passes.length, 0)
    if (run.layers * passes > MAX_LAYER_PASSES) throw new BadInput(run.place, `at most ${MAX_LAYER_PASSES} layers of all passes`, run.layers * passes)
    await this.write(groups, Math.max(1, run.layers))
  }

  requests(): Omit<TraceRequest, 'model'>[] {
    const made = this.prompts.map((promptTokens, i) => ({ id: `request-${i + 1}`, promptTokens, outputTokens: this.steps[i]! + (promptTokens > 0 ? 1 : 0) }))
    const warmUps = this.warmUps.map(({ tokens, of }) => ({ id: `warm-up-${of + 1}`, promptTokens: tokens, outputTokens: 1 }))
    return [...made, ...warmUps].map((request, i) => ({ ...request, arrivalNs: this.drafts.arrivalNs(i) }))
  }

  /** Pass by pass; in each what comes first, then layer by layer, then the head. */
  private async write(groups: readonly PassRows[], layers: number): Promise<void> {
    const passes = [...new Set(groups.flatMap((group) => [...group.passes]))]
    const byPlace = new Map<string, PlacedPass>()
    for (const pass of passes) byPlace.set(keyOf(pass), pass)
    let now: Pass = passes[0]!
    const parts = groups.map((group) => {
      const rows = sharedOut(group.rows)
      const made = rows.map((row) => ({ row, aggregate: this.aggregate(row, group.rule, layers, () => now) }))
      const of = (isWanted: (op: string) => boolean, isOfPass: boolean) => made.filter(({ row }) => row.isOfPass === isOfPass && isWanted(row.op)).map(({ aggregate }) => aggregate)
      const isFirst = (op: string): boolean => roleOfLabel(op) === 'embedding'
      const count = group.passes.length
      return {
        keys: new Set(group.passes.map(keyOf)),
        first: this.expansion.shares(of(isFirst, true), count),
        layers: this.expansion.shares(of(() => true, false), count * layers),
        last: this.expansion.shares(of((op) => !isFirst(op), true), count),
      }
    })
    for (const pass of [...byPlace.values()].sort(inTime)) {
      now = pass
      const mine = parts.filter(({ keys }) => keys.has(keyOf(pass)))
      for (const { first } of mine) await first(pass.at)
      for (let layer = 0; layer < layers; layer++) for (const part of mine) await part.layers({ ...pass.at, layer })
      for (const { last } of mine) await last(pass.at)
    }
  }

  private aggregate(row: WorkRow, rule: string, layers: number, now: () => Pass): Aggregate {
    const kind = kindOfOpWord(row.op)
    const { role } = row
    const { work, match } = this
    const by = match?.rule ?? ''
    const rules = { kind: 'op-name', durationNs: rule === 'mean-of-layers' ? rule : 'mean-of-count', ...(row.isOfPass ? {} : { layer: 'mean-of-layers' }), ...(rule === 'mean-of-layers' ? {} : { step: rule }) }
    const filledRules = { ...rules, flops: by, bytes: by }
    const shapedRules = { ...filledRules, m: by, n: by, k: by }
    const common = { name: row.op, kind, processor: row.op.endsWith('_cpu') ? 'cpu' : this.processor } as const
    return {
      ...row,
      draft: (_at, j) => {
        const filled = work === undefined || role === undefined ? {} : workOfLabel(work, role, now(), layers, row.aPass, j)
        return { ...common, ...filled, rules: filled.flops === undefined ? rules : filled.n === undefined ? filledRules : shapedRules }
      },
    }
  }
}

const keyOf = ({ at }: PlacedPass): string => `${at.request} ${at.step}`
const order = { 'warm-up': 0, prefill: 1, decode: 2 } as const
const inTime = (a: PlacedPass, b: PlacedPass): number => order[a.what] - order[b.what] || a.at.step! - b.at.step!

/** A row, and what it and those that do the same together are. */
type WorkRow = PassRows['rows'][number] & { readonly role: OpRole | undefined }

/** Labels that stand for the same work in the same passes share it by their counts; a plain `matmul` is of the projections only
 *  where these have no labels of their own. */
function sharedOut(rows: PassRows['rows']): WorkRow[] {
  const withRole = rows.map((row) => ({ ...row, role: roleOfLabel(row.op) }))
  const isLabelled = withRole.some(({ role }) => role !== undefined && projectionRoles.has(role))
  const known = withRole.map((row) => (row.role === 'layer' && isLabelled ? { ...row, role: undefined } : row))
  return known.map((row) => ({ ...row, aPass: known.reduce((sum, other) => sum + (other.role === row.role ? other.aPass : 0), 0) }))
}

const projectionRoles: ReadonlySet<OpRole> = new Set(['q', 'k', 'v', 'qkv', 'o', 'gate', 'up', 'gate-up', 'down', 'ffn'])
