import type { DeviceProfile } from './profile.js'
import { nanopcT6 } from './rk3588-nanopc-t6.js'
import { orangepi5plus } from './rk3588-orangepi5plus.js'
import { snapdragon8Class } from './snapdragon-8-class.js'

export const devices: readonly DeviceProfile[] = [nanopcT6, orangepi5plus, snapdragon8Class]
export const deviceOf = (id: string): DeviceProfile | undefined => devices.find((device) => device.id === id)
