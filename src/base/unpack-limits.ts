import { BadInput, type Place } from './errors.js'

/** What compressed input may unpack to. One place for all of it: files, archives, packets in traces, jobs, stores. */
export interface UnpackLimits {
  /** Unpacked bytes a packed one, at most, of what unpacks to more than `freeBytes`. */
  readonly ratio: number
  /** Up to here no ratio is asked for: small content may repeat itself as it likes. */
  readonly freeBytes: number
  /** Of content that is held in memory as a whole, at most, whatever its ratio. What is read as a stream has no such limit. */
  readonly heldBytes: number
}

/** Recordings of large runs shrink to a twentieth, rarely to a hundredth; what says ten thousand is no recording. */
export const unpackLimits: UnpackLimits = { ratio: 250, freeBytes: 256 * 2 ** 20, heldBytes: 2 ** 31 }

/** Of the compressed packets of one trace packet, unpacked: bytes at most. */
export const MOST_PACKET_BYTES = 64 * 2 ** 20

/** Of the windows of a cell in a store, unpacked: of as many requests as a workload may have. */
export const MOST_WINDOW_BYTES = 2 ** 29

/** What raises each limit, for a file that is known to be sound. */
export const RATIO_VARIABLE = 'WORLDSWITCH_UNPACK_RATIO'
export const HELD_VARIABLE = 'WORLDSWITCH_UNPACK_BYTES'

/** Throws `BadInput`: `unpackedBytes` is more than so many packed ones may become. Asked while a stream is unpacked, with the bytes
 *  so far. */
export function holdRatio(place: Place, packedBytes: number, unpackedBytes: number, { ratio, freeBytes }: UnpackLimits = unpackLimits): void {
  if (unpackedBytes <= freeBytes || unpackedBytes <= ratio * packedBytes) return
  throw new BadInput(place, `compressed content that unpacks to at most ${ratio} times its size`, `${unpackedBytes} bytes out of ${packedBytes}`, `if it is known to be sound, raise ${RATIO_VARIABLE}`)
}

/** Bytes that content of `packedBytes` may unpack to in memory. */
export const mostHeldBytes = (packedBytes: number, { ratio, freeBytes, heldBytes }: UnpackLimits = unpackLimits): number => Math.min(heldBytes, Math.max(freeBytes, ratio * packedBytes))
