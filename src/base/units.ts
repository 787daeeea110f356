/** Units as they are kept inside (whole ns, bytes) and as people write and read them. */

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB
export const US = 1e3
export const MS = 1e6
export const S = 1e9

const BYTE_UNITS: Record<string, number> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB,
  MiB,
  GiB,
  TiB: 1024 * GiB,
}

/** `8GiB`, `512 MiB`, `4096` → bytes; undefined when it is not a size of 0 or more. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kKMGT]i?B|B)?\s*$/.exec(text)
  if (match === null) return undefined
  const unit = BYTE_UNITS[match[2] ?? 'B']
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit)
}

const TIME_UNITS: Record<string, number> = { ns: 1, us: US, µs: US, ms: MS, s: S }

/** `12.5ms`, `-3 us`, `1.5s` → whole ns; undefined when it is not a time with its unit (0 needs none). */
export function parseNs(text: string): number | undefined {
  const match = /^\s*([+-]?\d{1,15}(?:\.\d{1,12})?)\s*(ns|us|µs|ms|s)?\s*$/.exec(text)
  if (match === null || (match[2] === undefined && Number(match[1]) !== 0)) return undefined
  const ns = Math.round(Number(match[1]) * TIME_UNITS[match[2] ?? 'ns']!) + 0
  return Number.isSafeInteger(ns) ? ns : undefined
}

const HZ_UNITS: Record<string, number> = { Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9 }
/** No clock of a processor is faster. */
const MAX_HZ = 1e12

/** `1.2GHz`, `19.2 MHz`, `1200000000` → ticks a second; undefined when it is not a frequency above 0 and up to 1 THz. */
export function parseHz(text: string): number | undefined {
  const match = /^\s*(\d{1,15}(?:\.\d{1,12})?)\s*([kMG]?Hz)?\s*$/i.exec(text)
  if (match === null) return undefined
  const unit = Object.keys(HZ_UNITS).find((one) => one.toLowerCase() === (match[2] ?? 'Hz').toLowerCase())!
  const hz = Number((Number(match[1]) * HZ_UNITS[unit]!).toPrecision(15))
  return hz > 0 && hz <= MAX_HZ ? hz : undefined
}

/** Time with three or four significant digits, in the unit that suits it: `3.61 s`, `12.0 µs`. */
export function formatNs(ns: number): string {
  const size = Math.abs(ns)
  if (size === 0) return '0'
  if (size >= S) return `${digits(ns / S)} s`
  if (size >= MS) return `${digits(ns / MS)} ms`
  if (size >= US) return `${digits(ns / US)} µs`
  return `${Math.round(ns)} ns`
}

/** Bytes in binary units: `7.48 GiB`. */
export function formatBytes(bytes: number): string {
  const size = Math.abs(bytes)
  if (size >= GiB) return `${digits(bytes / GiB)} GiB`
  if (size >= MiB) return `${digits(bytes / MiB)} MiB`
  if (size >= KiB) return `${digits(bytes / KiB)} KiB`
  return `${Math.round(bytes)} B`
}

/** A share of 1 as a percentage. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(share !== 0 && Math.abs(share) < 0.1 ? 2 : 1)} %`
}

function digits(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3)
}
