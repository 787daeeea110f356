import type { Origin } from '../analysis/origin-line.js'
import type { DeviceProfile } from '../device/profile.js'
import { isRecordedOn } from '../device/recorded-on.js'
import type { Subject } from './subject.js'

/** What stands behind a subject on a device. */
export function originOf({ trace }: Subject, profile: DeviceProfile): Origin {
  const header = trace?.header
  return {
    how: header?.provenance.how ?? 'workload',
    machine: header?.device ?? profile.id,
    emulated: header?.provenance.emulated === true,
    here: header !== undefined && isRecordedOn(header, profile),
    device: profile.id,
  }
}
