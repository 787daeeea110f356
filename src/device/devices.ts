import type { DeviceProfile, FullProfile } from './profile.js'
import { recording } from './recording.js'
import { nanopcT6 } from './rk3588-nanopc-t6.js'
import { orangepi5plus } from './rk3588-orangepi5plus.js'
import { snapdragon8Class } from './snapdragon-8-class.js'

/** Devices that are described. */
export const devices: readonly FullProfile[] = [nanopcT6, orangepi5plus, snapdragon8Class]
/** Those, and the device that is nothing but a recording. */
export const deviceOf = (id: string): DeviceProfile | undefined => [...devices, recording].find((device) => device.id === id)
