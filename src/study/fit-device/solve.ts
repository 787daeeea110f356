import { UsageFault } from '../../base/errors.js'
import { leastSquares, sumOfSquares } from './least-squares.js'
import { rateIds, type Candidate, type Factors, type Machine, type RateId } from './machine.js'
import { passNs, type Pass } from './pass.js'
import type { FitPoint } from './points.js'

/** A point that is fitted, and its work. */
export interface FittedPass {
  readonly point: FitPoint
  readonly pass: Pass
}

/** The rates that meet the points best. */
export interface Solution extends Candidate {
  /** Rates that measured times decide by themselves. */
  readonly primary: ReadonlySet<RateId>
  /** Rates that were moved with them, since no point measures them alone. */
  readonly moved: ReadonlySet<RateId>
  /** The largest miss of a fitted point: |predicted / measured - 1|. */
  readonly worst: number
}

/** A fitted point is met when the prediction is this near. */
export const MET = 0.1

/** A variable of the fit: the logarithm of a factor on rates. `prior`: how much a factor of e away from the base weighs against
 *  a miss of 100 %; it decides only what the points leave open. */
interface Variable {
  readonly on: readonly RateId[]
  readonly prior: number
}

const OWN = 1e-3
const WITH_LENGTHS = 0.03
const TOGETHER = 1e-4
const APART = 0.02
/** At least this share of a point's time hangs on what is fitted to it; else the rest has to move too. */
const SAY = 0.5
/** Factors on the base's rates: what is further away is no machine that the base could stand for. */
const FURTHEST = Math.log(1e3)

/** The rates at which the whole passes take what was measured: matmuls, attention, norms, head and launches. First the rates
 *  that the points measure (of an accelerator's prefills of several lengths also that of attention); where these alone cannot
 *  meet them, or decide too little of the time, the base's other rates move along by the same factor. */
export function solve(passes: readonly FittedPass[], machine: Machine): Solution {
  const primary = primaryRates(passes)
  const first = attempt(passes, machine, primary, [...primary].map((rate): Variable => ({ on: [rate], prior: OWN })).concat(attentionOf(passes, primary)))
  if (first.solution.worst <= MET && first.say >= SAY) return first.solution
  const second = attempt(passes, machine, primary, together(passes, primary))
  return second.solution.worst <= MET || second.solution.worst < first.solution.worst ? second.solution : first.solution
}

function primaryRates(passes: readonly FittedPass[]): Set<RateId> {
  const primary = new Set<RateId>()
  for (const rate of rateIds) if (passes.some(({ point: { phase, processor } }) => rate === `${processor}${phase === 'prefill' ? 'Flops' : 'Bytes'}`)) primary.add(rate)
  return primary
}

/** Prefills of several lengths tell attention, which grows with the square, from matmuls. */
function attentionOf(passes: readonly FittedPass[], primary: ReadonlySet<RateId>): Variable[] {
  if (primary.has('cpuFlops')) return []
  const reach = passes.filter(({ point }) => point.phase === 'prefill').map(({ point }) => point.past + point.tokens)
  return reach.length > 1 && Math.max(...reach) >= 1.5 * Math.min(...reach) ? [{ on: ['cpuFlops'], prior: WITH_LENGTHS }] : []
}

/** All rates of a processor's passes by one factor, and each by what the points ask for beyond it. */
function together(passes: readonly FittedPass[], primary: ReadonlySet<RateId>): Variable[] {
  const cpu: RateId[] = ['cpuFlops', 'cpuBytes']
  const isCpuMeasured = primary.has('cpuFlops') || primary.has('cpuBytes')
  const groups: RateId[][] = isCpuMeasured ? [cpu] : []
  if (passes.some(({ point }) => point.processor === 'npu')) groups.push(isCpuMeasured ? ['npuFlops', 'npuBytes'] : [...rateIds])
  return groups.flatMap((group): Variable[] => [{ on: group, prior: TOGETHER }, ...group.map((rate): Variable => ({ on: [rate], prior: APART }))])
}

function attempt(passes: readonly FittedPass[], machine: Machine, primary: ReadonlySet<RateId>, variables: readonly Variable[]): { solution: Solution; say: number } {
  const free = new Set(variables.flatMap(({ on }) => on))
  const factorsAt = (at: readonly number[]): Factors => {
    const factors: Partial<Record<RateId, number>> = {}
    for (const rate of free) {
      const log = variables.reduce((sum, { on }, j) => sum + (on.includes(rate) ? at[j]! : 0), 0)
      factors[rate] = Math.exp(Math.max(-FURTHEST, Math.min(FURTHEST, log)))
    }
    return factors
  }
  const misses = (at: readonly number[]): number[] => {
    const rates = machine.rates(factorsAt(at))
    return passes.map(({ point, pass }) => Math.log(passNs(pass, rates) / point.ns))
  }
  const residuals = (at: readonly number[]): number[] => {
    const priors = variables.map(({ prior }, j) => prior * at[j]!)
    try {
      return [...misses(at), ...priors]
    } catch (error) {
      // No profile can hold such rates: as bad as any miss.
      if (error instanceof UsageFault) return [...passes.map(() => 1e3), ...priors]
      throw error
    }
  }
  const zero = variables.map(() => 0)
  const found = [zero, swept(variables, passes, misses)].map((start) => leastSquares(residuals, start)).reduce((best, at) => (sumOfSquares(residuals(at)) < sumOfSquares(residuals(best)) ? at : best))
  const candidate = machine.candidate(factorsAt(found))
  const there = misses(found)
  // By the profile's own costs: what a replay on it will take.
  const worst = Math.max(...passes.map(({ point, pass }) => Math.abs(passNs(pass, candidate.costs) / point.ns - 1)))
  const moved = new Set([...free].filter((rate) => !primary.has(rate)))
  const step = 1e-4
  const faster = misses(found.map((value, j) => value + (variables[j]!.on.length === 1 ? step : 0)))
  const say = Math.min(...there.map((miss, i) => (miss - faster[i]!) / step))
  return { solution: { ...candidate, primary, moved, worst }, say }
}

/** A start by halving: each variable in turn where the points that hang on it are met in the mean. Times fall as rates rise, so
 *  that halving finds it across the kinks of a roofline. */
function swept(variables: readonly Variable[], passes: readonly FittedPass[], misses: (at: readonly number[]) => number[]): number[] {
  const at = variables.map(() => 0)
  for (let round = 0; round < 3; round++)
    for (const [j, { on }] of variables.entries()) {
      const mean = (value: number): number => {
        try {
          return misses(at.map((other, k) => (k === j ? value : other))).reduce((sum, miss, i) => sum + (hangsOn(passes[i]!.point, on) ? miss : 0), 0)
        } catch (error) {
          if (error instanceof UsageFault) return Infinity
          throw error
        }
      }
      let [low, high] = [-8, 8]
      if (mean(low) < 0 || mean(high) > 0) continue
      for (let i = 0; i < 40; i++) {
        const middle = (low + high) / 2
        if (mean(middle) > 0) low = middle
        else high = middle
      }
      at[j] = high
    }
  return at
}

const hangsOn = ({ phase, processor }: FitPoint, on: readonly RateId[]): boolean => on.length > 1 || on[0] === `${processor}${phase === 'prefill' ? 'Flops' : 'Bytes'}` || (on[0] === 'cpuFlops' && phase === 'prefill')
