import { profileOfWords } from '../device/aliases.js'
import { devices } from '../device/devices.js'
import type { DeviceProfile } from '../device/profile.js'
import type { Provenance } from '../trace/trace.js'

/** What a header says of the machine. */
interface Machine {
  readonly device: string
  readonly profile?: string
  readonly provenance: Provenance
}

/** What a user says of it; what is left out is left to the file's own words. */
export interface MachineWords {
  /** The profile that the machine is; null: none of those that there are. */
  readonly device?: DeviceProfile | null | undefined
  readonly emulated?: boolean | undefined
}

const emulators = /\b(qemu|tcg|emulat(ed|or)|goldfish|ranchu|android emulator|gem5|fvp)\b/i

/** A header with the profile that its machine is: the one that the user names, else the one it has, else a built-in one whose
 *  alias stands in its words for the machine. A machine that the words call an emulator is marked as one. `isOurs`: the header was
 *  written by worldswitch and means what it says; only what the user says changes it, or a trace would come back with another hash. */
export function withMachine<H extends Machine>(header: H, { device, emulated }: MachineWords, isOurs = false): H {
  if (isOurs && device === undefined && emulated === undefined) return header
  const { profile: own, provenance, ...rest } = header
  const { emulated: was, ...facts } = provenance
  const named = device === undefined ? (own ?? (isOurs ? undefined : aliasProfile(header))) : device?.id
  const isEmulated = emulated ?? (was === true || (!isOurs && provenance.how !== 'synthetic' && emulators.test(`${header.device} ${provenance.machine ?? ''}`)))
  return { ...rest, ...(named === undefined ? {} : { profile: named }), provenance: { ...facts, ...(isEmulated ? { emulated: true } : {}) } } as unknown as H
}

function aliasProfile({ device, provenance }: Machine): string | undefined {
  return provenance.how === 'synthetic' ? undefined : profileOfWords(`${device}`, devices)?.profile.id
}
