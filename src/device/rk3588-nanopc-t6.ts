import { DEVICE_SCHEMA, type FullProfile, type Parameter, type Spread } from './profile.js'
import { rk3588, rk3588Masters } from './rk3588.js'

const table1 = (value: number, claims: string[], note = ''): Parameter => ({
  value,
  unit: 'ms',
  spread: null,
  grade: 'measured',
  source: `FlexServe (arXiv 2603.09046v1) Table 1, 8 GB read as 8 GiB${note}`,
  informedBy: claims,
})
const assumed = (value: number, unit: string, spread: Spread, source: string, claims: string[] = []): Parameter => ({
  value,
  unit,
  spread,
  grade: 'assumed',
  source,
  informedBy: claims,
})

/** FlexServe's board: FriendlyElec NanoPC-T6, RK3588, 16 GB. */
export const nanopcT6: FullProfile = {
  schema: DEVICE_SCHEMA,
  id: 'rk3588-nanopc-t6',
  title: 'FriendlyElec NanoPC-T6 (RK3588, 16 GB), the FlexServe prototype',
  aliases: ['RK3588', 'RK3588S', 'RK3588J', 'RK3582', 'NanoPC-T6'],
  note: 'Memory, flash, crypto and switch costs are FlexServe’s Table 1; compute rates come from TZ-LLM’s board with the same SoC.',
  parameters: {
    ...rk3588,
    'npu.prefillTokensPerS': assumed(38.89, 'token/s', { range: [30, 95] }, 'TZ-LLM §2.3: 512 tokens in 164.558 s / 12.5 on the same SoC; FlexServe tuned the same open driver (30 a slow one, 95 the vendor runtime at 6B)', ['V22']),
    'npu.modeSwitchMs': table1(0.21, ['V11'], ': NPU mode switch'),
    'npu.launchMs': table1(1.28, ['V11'], ': NPU task launch; once a step, since as a cost of each matmul it would exceed a token'),
    'npu.submitCoDriverUs': assumed(12, 'µs', { range: [10, 14] }, 'read from TZ-LLM’s decode overheads with 26 GB/s and the submissions of its tiles; its world switches are inside', ['V20']),
    'npu.submitFlexUs': assumed(12, 'µs', { range: [0, 14] }, 'the driver’s sandbox is entered at each submission; no more than a co-driver’s, perhaps nothing'),
    'memory.pressureGiB': { value: 8, unit: 'GiB', spread: null, grade: 'measured', source: 'FlexServe §7: stress-ng holds 8 GB resident', informedBy: [], fixed: true },
    'flash.load8GiBMs': table1(3265.34, ['V12'], ': load'),
    'crypto.decrypt8GiBMs': table1(1319.16, ['V12'], ': decrypt; the number of cores is not given, read as the four A76'),
    'flexMem.allocate8GiBMs': table1(568.58, ['V09'], ': Flex-Mem allocate, a total'),
    'flexMem.reclaim8GiBMs': table1(80.5, ['V10'], ': Flex-Mem reclaim (too fast for a scrub: lazy)'),
    'flexMem.smmuMap8GiBMs': table1(435.48, ['V11'], ': SMMU mapping'),
    'monitor.stage2EnableMs': table1(0.13, [], ': S2 boot'),
    'monitor.verifyMs': table1(2.83, [], ': EL2 image and stage-2 table hash check by EL3'),
    'cma.allocate8GiBMs': table1(6440.67, ['V09'], ': CMA allocate at 8 GB pressure, one thread (1.24 GB/s is below TZ-LLM’s single thread)'),
    'cma.threads4Speedup': assumed(2, '×', null, 'TZ-LLM §2.4.2: 1.9 GB/s on one thread, 3.8 on four, on the same SoC', ['V29']),
    'cma.reclaim8GiBMs': table1(732.85, ['V10'], ': CMA reclaim; contains its scrub'),
    'cma.kneeFastMiBs': { value: 1946, unit: 'MiB/s', spread: null, grade: 'derived', source: 'TZ-LLM Fig. 1: 8137 MB in 4182 ms, with 2 GiB of headroom left; used by the reading `knee` only', informedBy: ['V15', 'V29'] },
  },
  masters: rk3588Masters,
  choices: {
    'cma.reading': { value: 'uniform', options: ['uniform', 'knee'], source: 'one measurement (8 GiB at 8 GiB pressure, down to no headroom), two readings: the mean rate at any size, or 1946 MiB/s until 2 GiB of headroom and the same mean over 8 GiB' },
    rates: { value: 'carved', options: ['carved', 'added'], source: 'prefill rates are end to end: attention, norms and head carved out of them, or added to them' },
    smmu: { value: 'separate', options: ['separate', 'inside'], source: 'Table 1 lists the SMMU mapping as a row of its own; it may be inside the allocation’s' },
    pageAllocation: { value: 'carved', options: ['carved', 'free'], source: 'an unprotected allocation costs what Flex-Mem’s does without its protection, or nothing' },
    checkpoint: { value: 'restored', options: ['restored', 'free'], source: 'the framework’s checkpoint is read from flash as the pipeline’s first piece, or costs nothing' },
  },
}
