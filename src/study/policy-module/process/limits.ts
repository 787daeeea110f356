import { totalmem } from 'node:os'

export interface Limits {
  readonly loadS: number
  readonly replayS: number
  readonly memoryMiB: number
}

/** Seconds that loading a module may take, that a replay under it may, and MiB that its process may hold. `WORLDSWITCH_POLICY_SECONDS` and
 *  `WORLDSWITCH_POLICY_MIB` set others. */
export function limits(): Limits {
  const replayS = positive('WORLDSWITCH_POLICY_SECONDS') ?? 120
  return { loadS: Math.min(10, replayS), replayS, memoryMiB: positive('WORLDSWITCH_POLICY_MIB') ?? Math.min(4096, Math.floor(totalmem() / 2 ** 21)) }
}

/** Bytes that a module may write to stdout and stderr. */
export const MOST_OUTPUT_BYTES = 2 ** 20

function positive(name: string): number | undefined {
  const value = Number(process.env[name] ?? '')
  return value > 0 && Number.isFinite(value) ? value : undefined
}
