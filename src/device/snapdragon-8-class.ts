import { DEVICE_SCHEMA, type FullProfile, type Parameter, type ParameterId, type Spread } from './profile.js'
import { nanopcT6 } from './rk3588-nanopc-t6.js'

const at = (grade: Parameter['grade'], value: number, unit: string, spread: Spread, source: string): Parameter => ({ value, unit, spread, grade, source, informedBy: [] })
const fixed = (value: number, unit: string, source: string): Parameter => ({ ...at('assumed', value, unit, null, source), fixed: true })

/** TrustZone costs of the RK3588 boards on cores and memory about twice as fast: half of them, or anything from a quarter
 *  to the whole. */
function scaled(id: ParameterId): Parameter {
  const { value, unit, source } = nanopcT6.parameters[id]
  return at('assumed', value / 2, unit, { range: [value / 4, value] }, `extrapolated, half of the RK3588’s (a quarter to all): ${source}`)
}

/** A phone of the Snapdragon 8 class (8 Gen 3 to 8 Elite). Speeds are published; nobody published what TrustZone costs on
 *  one, so those are the boards', scaled, and every result is marked. */
export const snapdragon8Class: FullProfile = {
  schema: DEVICE_SCHEMA,
  id: 'snapdragon-8-class',
  title: 'Phone of the Snapdragon 8 class (extrapolated)',
  aliases: ['SM8650', 'SM8750', 'SM8750P', 'SM8650P', 'SM8635', 'Snapdragon 8 Gen 3', 'Snapdragon 8 Elite', '8 Gen 3', '8 Elite', '8Elite', 'Adreno 750', 'Adreno 830', 'Galaxy S24', 'Galaxy S25'],
  note: 'Extrapolated: speeds of CPU, NPU, memory and flash are published for such phones; TrustZone, firewall, stage-2 and NPU switching costs are the RK3588 boards’, scaled.',
  extrapolated: true,
  parameters: {
    ...nanopcT6.parameters,
    'cpu.cores': fixed(4, 'cores', 'assumed: four big cores for the LLM, as on the boards'),
    'cpu.prefillGflops': at('derived', 168, 'GFLOP/s', { range: [120, 220] }, 'llm.npu §4.7: llama.cpp prefills LLaMA-2-7B at 13 tokens/s on an 8 Gen 3 (2 × 6.48 G weights a token); its smaller models imply 150–190'),
    'cpu.bandwidthGBs': at('assumed', 38, 'GB/s', { range: [30, 50] }, 'the NPU’s decode bandwidth over the 1.3 that TZ-LLM found between them'),
    'npu.prefillTokensPerS': at('derived', 173, 'token/s', { range: [150, 300] }, 'llm.npu §4.7: 186 tokens/s for LLaMA-2-7B in INT8, by weights; AI Hub’s 828 (8B, w4a16, 8 Elite) has attention on the NPU too and does not fit this split'),
    'npu.bandwidthGBs': at('derived', 50, 'GB/s', { range: [42, 60] }, 'AI Hub: Llama-3.1-8B w4a16 decodes at 13.05 tokens/s, 3B at 23.5 (8 Elite), times bytes of weights; about 58 GB/s usable (MNN-LLM)'),
    'npu.cores': fixed(1, 'cores', 'assumed: one Hexagon takes a whole matmul'),
    'npu.tileM': fixed(256, 'tokens', 'llm.npu §4: chunks of 256 tokens'),
    'npu.modeSwitchMs': scaled('npu.modeSwitchMs'),
    'npu.launchMs': scaled('npu.launchMs'),
    'npu.driverReloadMs': scaled('npu.driverReloadMs'),
    'npu.submitCoDriverUs': scaled('npu.submitCoDriverUs'),
    'npu.submitFlexUs': at('assumed', 6, 'µs', { range: [0, 14] }, 'extrapolated, half of the RK3588’s (nothing to all)'),
    'memory.sizeGiB': fixed(12, 'GiB', 'assumed: common in this class (8–24)'),
    'memory.bandwidthGBs': at('derived', 58, 'GB/s', { range: [50, 76.8] }, 'MNN-LLM (arXiv 2506.10443): about 58 GB/s usable of LPDDR5X; 76.8 by specification'),
    'memory.pressureGiB': fixed(4, 'GiB', 'assumed: system and one app in front'),
    'memory.scrubGBs': at('assumed', 50, 'GB/s', { range: [29, 58] }, 'bus-limited, as on the boards'),
    'flash.load8GiBMs': at('derived', 2147, 'ms', { range: [2045, 2580] }, 'PowerInfer-2 §2: UFS 4.0 reads 4.0 GB/s in 512 KiB blocks; 4.2 by specification, 3.33 median of PCMark on 8 Elite'),
    'crypto.decrypt8GiBMs': scaled('crypto.decrypt8GiBMs'),
    'flexMem.allocate8GiBMs': scaled('flexMem.allocate8GiBMs'),
    'flexMem.reclaim8GiBMs': at('assumed', 40.25, 'ms', { range: [20, 60] }, 'extrapolated, half of the RK3588’s'),
    'flexMem.smmuMap8GiBMs': scaled('flexMem.smmuMap8GiBMs'),
    'monitor.tlbInvalidateUs': at('assumed', 1, 'µs', { range: [0.5, 10] }, 'extrapolated, half of the RK3588’s'),
    'monitor.stage2EnableMs': scaled('monitor.stage2EnableMs'),
    'monitor.verifyMs': scaled('monitor.verifyMs'),
    'world.switchUs': at('assumed', 10, 'µs', { range: [3, 60] }, 'extrapolated, half of the RK3588’s'),
    'cma.allocate8GiBMs': scaled('cma.allocate8GiBMs'),
    'cma.reclaim8GiBMs': scaled('cma.reclaim8GiBMs'),
    'cma.fastGiBs': at('assumed', 16, 'GiB/s', { range: [8, 28] }, 'extrapolated, twice the RK3588’s'),
    'tzasc.regions': fixed(8, 'regions', 'TF-A tzc400.h: eight regions'),
  },
  masters: ['npu', 'gpu', 'display', 'video', 'camera', 'modem', 'storage', 'usb', 'dsp'].map((id) => ({ id, protectedBy: 'iommu', source: 'assumed: such phones put their masters behind Arm SMMUs; none is checked here' })),
  choices: { ...nanopcT6.choices, 'cma.reading': { ...nanopcT6.choices['cma.reading'], options: ['uniform'], source: 'extrapolated from the mean rate' } },
}
