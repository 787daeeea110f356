import type { Packet } from './messages.js'

/** The machine in the words of its own system: the chip, the build's brand, product and device, the architecture. Of a build's fingerprint
 *  no more is taken: further on it can hold who built it. */
export function machineOf({ utsname, androidBuildFingerprint, androidSocModel, androidHardwareRevision }: NonNullable<Packet['systemInfo']>): string[] {
  const build = /^[^:]{1,100}/.exec(androidBuildFingerprint ?? '')?.[0]
  return [androidSocModel, build, androidHardwareRevision, utsname?.machine].flatMap((word) => (word === undefined || word === '' ? [] : [word]))
}
