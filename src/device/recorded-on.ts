import { profileOfWords } from './aliases.js'
import type { DeviceProfile } from './profile.js'
import { RECORDING } from './recording.js'

/** What a trace's header says of its machine. */
interface Recorded {
  readonly device: string
  readonly profile?: string
  readonly provenance: { readonly how: string }
}

/** Whether a device is the machine that a trace was recorded on: the profile that its header names, else one whose alias stands in
 *  its words for the machine. A synthetic trace was recorded nowhere. */
export function isRecordedOn({ device, profile: own, provenance }: Recorded, profile: DeviceProfile): boolean {
  if (provenance.how === 'synthetic') return false
  if (profile.id === RECORDING) return true
  return own === undefined ? profileOfWords(device, [profile]) !== undefined : own === profile.id
}
