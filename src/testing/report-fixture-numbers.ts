import { familyOf, type Cause } from '../run/causes.js'

/** Made-up numbers for tests of the report: plausible in size, measured nowhere. */
export const MS = 1e6
export type Split = Partial<Record<Cause, number>>
export interface Made {
  readonly policy: string
  readonly tpotNs: number
  /** Exposed in the TTFT, and hidden under other work, in ms. */
  readonly exposedMs: Split
  readonly hiddenMs: Split
  /** A decode step: exposed switch time, and counts. */
  readonly stepSwitchNs: number
  readonly launches: number
}

export const big: readonly Made[] = [
  {
    policy: 'unprotected',
    tpotNs: 251 * MS,
    exposedMs: { compute: 3290, dispatch: 24, allocate: 132, 'flash-read': 460, 'npu-launch': 12.4 },
    hiddenMs: { allocate: 350, 'flash-read': 3400 },
    stepSwitchNs: 1.2e6,
    launches: 384,
  },
  {
    policy: 'strawman',
    tpotNs: 392 * MS,
    exposedMs: {
      compute: 26_400,
      allocate: 6360,
      'flash-read': 3890,
      decrypt: 4310,
      'world-switch': 41,
      'region-program': 9.1,
      scrub: 12,
    },
    hiddenMs: {},
    stepSwitchNs: 20e3,
    launches: 0,
  },
  {
    policy: 'optimized-strawman',
    tpotNs: 262 * MS,
    exposedMs: {
      compute: 3420,
      allocate: 6360,
      'flash-read': 180,
      decrypt: 21,
      'world-switch': 38,
      'npu-launch': 46,
      'region-program': 9.1,
      wait: 4,
    },
    hiddenMs: { 'flash-read': 3700, decrypt: 4290 },
    stepSwitchNs: 4.63e6,
    launches: 384,
  },
  {
    policy: 'flexserve',
    tpotNs: 264 * MS,
    exposedMs: {
      compute: 3330,
      allocate: 77,
      'flash-read': 410,
      decrypt: 33,
      'world-switch': 36,
      'npu-switch': 0.21,
      'npu-init': 1.28,
      'npu-launch': 46,
      protect: 41,
      'smmu-map': 92,
      'tlb-invalidate': 3.2,
    },
    hiddenMs: { allocate: 401, 'flash-read': 3460, decrypt: 4280, protect: 49, 'smmu-map': 343, 'tlb-invalidate': 11 },
    stepSwitchNs: 6.12e6,
    launches: 384,
  },
]

export const small: readonly Made[] = big.map((made) => ({
  ...made,
  tpotNs: made.tpotNs / 90,
  exposedMs: scaled(made.exposedMs, 1 / 700),
  hiddenMs: scaled(made.hiddenMs, 1 / 700),
  stepSwitchNs: made.stepSwitchNs / 8,
  launches: made.launches / 4,
}))

export function entries(split: Split): [Cause, number][] {
  return Object.entries(split) as [Cause, number][]
}
export const sum = (split: Split): number => entries(split).reduce((total, [, ms]) => total + ms, 0)
export function onlySwitch(split: Split): Split {
  return Object.fromEntries(entries(split).filter(([cause]) => familyOf(cause) === 'switch'))
}
function scaled(split: Split, factor: number): Split {
  return Object.fromEntries(entries(split).map(([cause, ms]) => [cause, ms * factor]))
}
