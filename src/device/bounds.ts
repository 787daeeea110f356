import { UsageFault } from '../base/errors.js'
import { quoteFound } from '../base/quote.js'
import { parameterIds, type DeviceValues, type ParameterId } from './profile.js'

/** What a number may be. Bounds are wide: they exclude what no device can be and what no replay can hold, not what is unlikely. */
export interface Bounds {
  readonly unit: string
  readonly least: number
  readonly most: number
  /** `whole`: a count. `power-of-two`: a size of pages. */
  readonly kind?: 'whole' | 'power-of-two'
}

const of = (unit: string, least: number, most: number): Bounds => ({ unit, least, most })
const whole = (unit: string, least: number, most: number): Bounds => ({ unit, least, most, kind: 'whole' })

/** One call, switch or submission: up to a second. */
const callUs = of('µs', 0, 1e6)
/** One phase (a driver's reload, a check of a monitor): up to a minute. */
const phaseMs = of('ms', 0, 60_000)
/** 8 GiB through one stage: up to 10 000 s, under 1 MB/s. */
const passMs = of('ms', 0, 1e7)
/** A rate of bytes: from 1 MB/s to 100 TB/s. */
const rate = (unit: string): Bounds => of(unit, 0.001, 1e5)
const share = of('share', 0, 1)
/** Of a board; the largest servers have some TiB. */
const MOST_GIB = 4096

/** Bounds of every parameter. Values from anywhere (profiles, `--set`, grids, draws) lie within, or are refused. */
export const bounds: Readonly<Record<ParameterId, Bounds>> = {
  'cpu.cores': whole('cores', 1, 64),
  'cpu.dispatchUs': callUs,
  'cpu.prefillGflops': of('GFLOP/s', 0.01, 1e6),
  'cpu.bandwidthGBs': rate('GB/s'),
  'npu.prefillTokensPerS': of('token/s', 0.001, 1e6),
  'npu.bandwidthGBs': rate('GB/s'),
  'npu.cpuShare': share,
  'npu.cores': whole('cores', 1, 1024),
  'npu.tileN': whole('columns a core', 1, 2 ** 20),
  'npu.tileK': whole('rows', 1, 2 ** 20),
  'npu.tileM': whole('tokens', 1, 2 ** 20),
  'npu.headOnCpuFrom': whole('columns', 1, 2 ** 32),
  'npu.modeSwitchMs': phaseMs,
  'npu.launchMs': phaseMs,
  'npu.driverReloadMs': phaseMs,
  'npu.submitCoDriverUs': callUs,
  'npu.submitFlexUs': callUs,
  'memory.sizeGiB': of('GiB', 0.125, MOST_GIB),
  'memory.pageBytes': { unit: 'B', least: 4096, most: 2 ** 30, kind: 'power-of-two' },
  'memory.bandwidthGBs': rate('GB/s'),
  'memory.pressureGiB': of('GiB', 0, MOST_GIB),
  'memory.scrubGBs': rate('GB/s'),
  'memory.swapOutGBs': rate('GB/s'),
  'memory.activationMiB': of('MiB', 0, 65_536),
  'memory.kvBlockTokens': whole('tokens', 1, 2 ** 20),
  'flash.load8GiBMs': passMs,
  'crypto.decrypt8GiBMs': passMs,
  'crypto.width': whole('cores', 1, 64),
  'flexMem.allocate8GiBMs': passMs,
  'flexMem.reclaim8GiBMs': passMs,
  'flexMem.smmuMap8GiBMs': passMs,
  'flexMem.batchMiB': of('MiB', 1 / 256, 1024 * MOST_GIB),
  'monitor.hypercallUs': callUs,
  'monitor.tlbInvalidateUs': callUs,
  'monitor.stage2EnableMs': phaseMs,
  'monitor.verifyMs': phaseMs,
  'monitor.stage2OnCostShare': share,
  'world.switchUs': callUs,
  'cma.allocate8GiBMs': passMs,
  'cma.threads4Speedup': of('×', 0.25, 4),
  'cma.reclaim8GiBMs': passMs,
  'cma.fastGiBs': rate('GiB/s'),
  'cma.highPressureGiB': of('GiB', 0.001, MOST_GIB),
  'cma.kneeHeadroomGiB': of('GiB', 0.001, MOST_GIB),
  'cma.kneeFastMiBs': of('MiB/s', 1, 1e8),
  'tzasc.programUs': callUs,
  'tzasc.granularityMiB': of('MiB', 1 / 256, 1024),
  'tzasc.regions': whole('regions', 1, 1024),
  'startup.initMs': of('ms', 0, 600_000),
  'startup.checkpointMiB': of('MiB', 0, 65_536),
}

/** `0 to 1000000 µs`, `a whole number from 1 to 64 cores`. */
export function boundsInWords({ unit, least, most, kind }: Bounds): string {
  const from = kind === undefined ? '' : kind === 'whole' ? 'a whole number from ' : 'a power of two from '
  return `${from}${least} to ${most}${unit === '' ? '' : ` ${unit}`}`
}

export function isWithin(value: number, { least, most, kind }: Bounds): boolean {
  return value >= least && value <= most && (kind === undefined || (Number.isInteger(value) && (kind === 'whole' || Number.isInteger(Math.log2(value)))))
}

/** What a value from outside does not hold to, in a sentence that begins with where it stands. */
export const outOfBounds = (where: string, of: Bounds, found: unknown, hint?: string): UsageFault => new UsageFault(`${where}: expected ${boundsInWords(of)}, found ${typeof found === 'string' && /^[+-]?[0-9.]+(e[+-]?\d+)?$/i.test(found) && found.length < 40 ? found : quoteFound(found)}`, hint)

/** A number as a user writes it. Throws `UsageFault`: text that is no number, or one outside the bounds. */
export function numberWithin(where: string, of: Bounds, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!isWithin(value, of)) throw outOfBounds(where, of, text)
  return value + 0 // −0 is 0
}

/** The nearest value within the bounds: for draws, whose tails may lie outside. */
export function clamped(id: ParameterId, value: number): number {
  const { least, most, kind } = bounds[id]
  const within = Math.min(most, Math.max(least, value))
  if (kind === undefined) return within
  return kind === 'whole' ? Math.round(within) : 2 ** Math.round(Math.log2(within))
}

/** Throws `UsageFault`: a value lies outside its parameter's bounds, wherever it came from. */
export function holdBounds(values: DeviceValues): void {
  for (const id of parameterIds) {
    const value = values[id]
    if (value !== undefined && !isWithin(value, bounds[id])) throw outOfBounds(id, bounds[id], value)
  }
}
