import { UsageFault } from '../base/errors.js'
import { formatBytes } from '../base/units.js'

/** Throws `UsageFault`: a board has less memory than somebody is to hold of it. */
export function holdWithin(sizeBytes: number, bytes: number, who: string, hint: string): void {
  if (!(bytes >= 0 && bytes <= sizeBytes)) throw new UsageFault(`${who} of ${Number.isFinite(bytes) ? formatBytes(bytes) : bytes}: expected 0 to ${formatBytes(sizeBytes)}, the memory of the board`, hint)
}

/** Throws `UsageFault`: a pressure of the normal world beyond the board. */
export const holdPressure = (sizeBytes: number, pressureBytes: number): void => holdWithin(sizeBytes, pressureBytes, 'a memory pressure', 'lower --pressure, or raise memory.sizeGiB')
