import { probit } from 'simple-statistics'
import { uniformStream } from '../base/random.js'
import { clamped } from './bounds.js'
import { parametersOf, type DeviceProfile, type DeviceValues, type Parameter, type ParameterId } from './profile.js'

/** Which parameters vary: those with a published or assumed spread; or, as a stress test, those whose spread
 *  nobody published, each × or ÷ 1.5, log-uniform, and the known ones as well. */
export type Variation = 'known' | 'stress'
const STRESS = 1.5

/**
 * `count` seeded samples of a device. Draws are keyed by (seed, parameter): every policy of a study sees the same
 * ones, and pinning one parameter leaves the others' draws alone. sd → lognormal; range → log-triangular around
 * the value (triangular where it touches 0); quantiles → inverse of the piecewise-linear distribution.
 */
export function sampleDevice(profile: DeviceProfile, pinned: ReadonlySet<string>, seed: number, count: number, variation: Variation): DeviceValues[] {
  const samples = Array.from({ length: count }, () => ({}) as Partial<Record<ParameterId, number>>)
  for (const [id, parameter] of parametersOf(profile)) {
    const next = uniformStream(seed, id)
    const still = parameter.fixed === true || pinned.has(id)
    for (const sample of samples) {
      const u = next()
      sample[id] = still ? parameter.value : draw(id, parameter, u, variation)
    }
  }
  return samples
}

/** Parameters whose spread is unknown: an interval is conditional on them. */
export function unknownSpreads(profile: DeviceProfile, pinned: ReadonlySet<string>): ParameterId[] {
  return parametersOf(profile).flatMap(([id, { spread, fixed, value }]) => (spread === null && fixed !== true && value !== 0 && !pinned.has(id) ? [id] : []))
}

/** A parameter's value at the quantile `u` of its spread; a tail that lies outside the parameter's bounds ends at them. */
export function draw(id: ParameterId, parameter: Parameter, u: number, variation: Variation): number {
  return clamped(id, unbounded(parameter, u, variation))
}

function unbounded({ value, spread }: Parameter, u: number, variation: Variation): number {
  if (spread === null) return variation === 'stress' ? value * STRESS ** (2 * u - 1) : value
  if ('range' in spread) return triangular(spread.range[0], value, spread.range[1], u)
  if ('sd' in spread) return lognormal(value, spread.sd, u)
  return quantile(spread.quantiles, u)
}

function triangular(low: number, mode: number, high: number, u: number): number {
  if (low > 0) return Math.exp(inverseTriangular(Math.log(low), Math.log(mode), Math.log(high), u))
  return inverseTriangular(low, mode, high, u)
}

function inverseTriangular(a: number, c: number, b: number, u: number): number {
  if (b === a) return a
  const split = (c - a) / (b - a)
  return u < split ? a + Math.sqrt(u * (b - a) * (c - a)) : b - Math.sqrt((1 - u) * (b - a) * (b - c))
}

/** Median at the value; the standard deviation of the logarithm follows from sd / value. */
function lognormal(value: number, sd: number, u: number): number {
  if (value === 0) return 0 // no multiple of it is another
  return value * Math.exp(Math.sqrt(Math.log(1 + (sd / value) ** 2)) * probit(u))
}

function quantile(points: readonly (readonly [number, number])[], u: number): number {
  const first = points[0]!
  if (u <= first[0]) return first[1]
  for (let i = 1; i < points.length; i++) {
    const [p0, v0] = points[i - 1]!
    const [p1, v1] = points[i]!
    if (u <= p1) return v0 + ((v1 - v0) * (u - p0)) / (p1 - p0)
  }
  return points[points.length - 1]![1]
}

