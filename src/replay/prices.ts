/** What tasks take, each a function of costs and of the task's own bytes and count. Written once: a function made for each
 *  task would cost as much as the task. */
import { US } from '../base/units.js'
import type { Price } from '../run/tasks.js'

export const worldSwitchNs: Price = (costs) => costs.worldSwitchNs
export const npuLaunchNs: Price = (costs) => costs.npuLaunchNs
export const npuModeSwitchNs: Price = (costs) => costs.npuModeSwitchNs
export const flashReadNs: Price = (costs, bytes) => bytes * costs.flashNsPerByte
export const swapOutNs: Price = (costs, bytes) => bytes * costs.swapOutNsPerByte
/** On one core. */
export const decryptNs: Price = (costs, bytes) => bytes * costs.decryptNsPerByte
export const scrubNs: Price = (costs, bytes) => bytes * costs.scrubNsPerByte
export const pageAllocateNs: Price = (costs, bytes) => bytes * costs.pageAllocateNsPerByte
export const flexAllocateNs: Price = (costs, bytes) => bytes * costs.flexAllocateNsPerByte
export const flexUnprotectNs: Price = (costs, bytes) => bytes * costs.flexUnprotectNsPerByte
export const smmuMapNs: Price = (costs, bytes) => bytes * costs.smmuMapNsPerByte
export const tlbInvalidateNs: Price = (costs, _bytes, count) => count * costs.tlbInvalidateNs
export const regionProgramNs: Price = (costs) => costs.sample['tzasc.programUs'] * US
export const submitFlexNs: Price = (costs, _bytes, count) => count * costs.sample['npu.submitFlexUs'] * US
export const submitCoDriverNs: Price = (costs, _bytes, count) => count * costs.sample['npu.submitCoDriverUs'] * US
