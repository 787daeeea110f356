import { DEVICE_SCHEMA, type FullProfile, type Parameter } from './profile.js'
import { nanopcT6 } from './rk3588-nanopc-t6.js'
import { rk3588, rk3588Masters } from './rk3588.js'

const row = (value: number, source: string, informedBy: string[], grade: Parameter['grade'] = 'derived'): Parameter => ({
  value,
  unit: 'ms',
  spread: null,
  grade,
  source,
  informedBy,
})
/** Nobody measured it here: the other board's value, and said so. */
const sameSoc = (id: keyof FullProfile['parameters']): Parameter => ({
  ...nanopcT6.parameters[id],
  grade: 'assumed',
  source: `not measured on this board; same SoC: ${nanopcT6.parameters[id].source}`,
})

/** TZ-LLM's board: Orange Pi 5 Plus, RK3588, 16 GB LPDDR4X, NVMe on PCIe 3.0 ×4. */
export const orangepi5plus: FullProfile = {
  schema: DEVICE_SCHEMA,
  id: 'rk3588-orangepi5plus',
  title: 'Orange Pi 5 Plus (RK3588, 16 GB), the TZ-LLM prototype',
  aliases: ['Orange Pi 5 Plus', 'OrangePi 5 Plus', 'orangepi5plus'],
  note: 'Flex-Mem and Flex-NPU were never run here: their costs are the other board’s, marked assumed. Unprotected page allocation is unpublished and counted as 0.',
  parameters: {
    ...rk3588,
    'npu.prefillTokensPerS': { value: 38.89, unit: 'token/s', spread: null, grade: 'derived', source: 'TZ-LLM §2.3: Llama-3-8B at 512 tokens, 164.558 s / 12.5', informedBy: ['V15', 'V22'] },
    'npu.modeSwitchMs': sameSoc('npu.modeSwitchMs'),
    'npu.launchMs': { value: 0, unit: 'ms', spread: null, grade: 'assumed', source: 'TZ-LLM’s rates contain its launches', informedBy: [] },
    'npu.submitCoDriverUs': nanopcT6.parameters['npu.submitCoDriverUs'],
    'npu.submitFlexUs': sameSoc('npu.submitFlexUs'),
    'memory.pressureGiB': { value: 6, unit: 'GiB', spread: null, grade: 'measured', source: 'TZ-LLM §7 and its artifact: 6 GiB for the 8B (13, 11, 10 for the smaller models)', informedBy: [], fixed: true },
    'flash.load8GiBMs': row((4054 * 8192) / 8137, 'TZ-LLM Fig. 1: 8137 MB in 4054 ms', ['V15']),
    'crypto.decrypt8GiBMs': row((891.9 * 8192) / 8137, 'TZ-LLM Fig. 1: 8137 MB in 891.9 ms, four threads', ['V15']),
    'flexMem.allocate8GiBMs': sameSoc('flexMem.allocate8GiBMs'),
    'flexMem.reclaim8GiBMs': sameSoc('flexMem.reclaim8GiBMs'),
    'flexMem.smmuMap8GiBMs': sameSoc('flexMem.smmuMap8GiBMs'),
    'monitor.stage2EnableMs': sameSoc('monitor.stage2EnableMs'),
    'monitor.verifyMs': sameSoc('monitor.verifyMs'),
    'cma.allocate8GiBMs': row((4182 * 8192) / 8137, 'TZ-LLM Fig. 1: 8137 MB in 4182 ms, one thread', ['V15', 'V29']),
    'cma.threads4Speedup': { value: 2, unit: '×', spread: null, grade: 'measured', source: 'TZ-LLM §2.4.2: 1.9 GB/s on one thread, 3.8 on four', informedBy: ['V29'] },
    'cma.reclaim8GiBMs': { value: (8 * 1024 ** 3) / 29e6, unit: 'ms', spread: null, grade: 'assumed', source: 'not published: clearing 8 GiB at 29 GB/s (TZ-LLM’s `shrink` unmaps, clears, returns)', informedBy: [] },
    'cma.kneeFastMiBs': nanopcT6.parameters['cma.kneeFastMiBs'],
  },
  masters: rk3588Masters,
  choices: {
    ...nanopcT6.choices,
    'cma.reading': { ...nanopcT6.choices['cma.reading'], options: ['uniform'], source: 'three sizes ran at one rate: no reclaim term' },
    pageAllocation: { ...nanopcT6.choices.pageAllocation, value: 'free', source: 'unpublished: counted as 0' },
  },
}
