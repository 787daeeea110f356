import type { BusMaster, Parameter, ParameterId, Spread } from './profile.js'

const fixed = (value: number, unit: string, source: string): Parameter => ({ value, unit, spread: null, grade: 'measured', source, informedBy: [], fixed: true })
const of = (grade: Parameter['grade'], value: number, unit: string, spread: Spread, source: string, informedBy: string[] = []): Parameter => ({
  value,
  unit,
  spread,
  grade,
  source,
  informedBy,
})

/** The SoC's memory firewall knows 42 masters; by group, with what confines each. */
export const rk3588Masters: readonly BusMaster[] = [
  ...['npu', 'gpu', 'vop', 'video-decoders', 'video-encoders', 'isp', 'rga', 'jpeg'].map((id): BusMaster => ({ id, protectedBy: 'iommu', source: 'RK_MMU_* of TZ-LLM’s released tzdriver and tee_os_kernel; Linux’s rk3588 device tree gives it an IOMMU' })),
  { id: 'pcie-nvme', protectedBy: 'iommu', source: 'assumed: behind the SoC’s SMMU, as FlexServe’s design needs (§4.1: every other device’s SMMU table)' },
  { id: 'usb', protectedBy: 'iommu', source: 'assumed: behind the SoC’s SMMU' },
  { id: 'ethernet', protectedBy: 'iommu', source: 'assumed: behind the SoC’s SMMU' },
  { id: 'dma-controllers', protectedBy: 'firewall', source: 'TF-A plat/rockchip/rk3588 secure.c: confined by the DDR firewall alone; a page-granular design must keep them from the kernel' },
  { id: 'crypto', protectedBy: 'firewall', source: 'TF-A plat/rockchip/rk3588 secure.c: a secure-world master' },
]

/** What both RK3588 boards share. A board's own measurements replace these. */
export const rk3588 = {
  'cpu.cores': fixed(4, 'cores', 'TZ-LLM §7: the TA uses the four A76'),
  'cpu.dispatchUs': of('assumed', 1, 'µs', { range: [0, 5] }, 'a runtime’s call that only makes a view or hands out memory: ggml skips it (0), PyTorch’s dispatcher takes some µs on a phone’s core; decides nothing but recordings with thousands of them a step'),
  'cpu.prefillGflops': of('derived', 43.43, 'GFLOP/s', { range: [36, 82] }, 'TZ-LLM Fig. 1: 512 tokens of Llama-3-8B Q8_0 in 164.558 s (7.147 TFLOP of matmuls); 36 by ggml’s matmul benchmark (whisper.cpp issue 89), 82 by Phi-3 IQ4 (llama.cpp issue 7176)', ['V15']),
  'cpu.bandwidthGBs': of('derived', 20, 'GB/s', { range: [17, 22] }, 'decode on the NPU is 1.3× the CPU’s (TZ-LLM §2.3), 26 / 1.3; Turing RK1 sustains 17–22 GB/s', ['V22']),
  'npu.bandwidthGBs': of('derived', 26, 'GB/s', { range: [22, 31] }, 'decode tokens/s × bytes of weights in Rockchip’s RKLLM benchmark table: 25.8–28.5', []),
  'npu.cpuShare': of('assumed', 0.5, 'share', { range: [0, 0.65] }, 'the open stack dequantises on the CPU (FlexServe §6); its share of a matmul is not published'),
  'npu.cores': fixed(3, 'cores', 'TZ-LLM §7: 3 NPU cores'),
  'npu.tileN': fixed(4096, 'columns a core', 'TZ-LLM’s released ggml-rknpu-re.cpp'),
  'npu.tileK': fixed(4096, 'rows', 'TZ-LLM’s released ggml-rknpu-re.cpp'),
  'npu.tileM': fixed(64, 'tokens', 'TZ-LLM’s released ggml-rknpu-re.cpp: INT8 M ≤ 64 at K = 4096'),
  'npu.headOnCpuFrom': fixed(50_000, 'columns', 'TZ-LLM’s released ggml-rknpu-re.cpp: matmuls with n or k from here run on the CPU'),
  'monitor.stage2OnCostShare': of('measured', 0.0246, 'share', { range: [0.02, 0.025] }, 'FlexServe §7.6: SPEC loses 2.46 % on average while stage-2 is active; TZ-LLM Fig. 2 has 2.0 % on Geekbench (single programs up to 9.8 %)', ['V13', 'V30']),
  'npu.driverReloadMs': of('measured', 32, 'ms', null, 'TZ-LLM §2.3: naive hand-over, detach and attach the Linux driver', ['V27']),
  'memory.sizeGiB': fixed(16, 'GiB', 'both papers: boards with 16 GB'),
  'memory.pageBytes': fixed(4096, 'B', 'stage-2 at 4 KiB (TZ-LLM §2.3)'),
  'memory.bandwidthGBs': of('derived', 28.5, 'GB/s', { range: [26, 31] }, 'the most that RKLLM’s decode implies (tokens/s × parameters 26–31 GB/s); peak of LPDDR4X-4224 ×64 is 33.8'),
  'memory.scrubGBs': of('assumed', 29, 'GB/s', { range: [20, 30] }, 'memset on RK3588 boards, 27–30 GB/s (sbc-bench), bus-limited'),
  'memory.swapOutGBs': of('assumed', 1, 'GB/s', { range: [0.5, 1.5] }, 'zram or NVMe swap-out; only the direction is published'),
  'memory.activationMiB': of('measured', 266.5, 'MiB', null, 'TZ-LLM Fig. 1: 266.5 MB at 512 tokens of Llama-3-8B', []),
  'memory.kvBlockTokens': fixed(16, 'tokens', 'assumed block of a paged KV cache (16–64)'),
  'crypto.width': fixed(4, 'cores', 'four A76'),
  'flexMem.batchMiB': { ...fixed(2, 'MiB', 'assumed: 0.27 µs a page excludes a trap a page, so calls are batched (4 KiB – 64 MiB)'), grade: 'assumed' },
  'monitor.hypercallUs': of('assumed', 0.3, 'µs', { range: [0.1, 1] }, 'EL1 → EL2 is lighter than the EL3 path (Juno: 0.52 µs at 0.9 GHz)'),
  'monitor.tlbInvalidateUs': of('assumed', 2, 'µs', { range: [0.5, 20] }, 'broadcast TLBI + DSB a batch; no A76 figure is published, parallel broadcasts reach ms'),
  'world.switchUs': of('assumed', 20, 'µs', { range: [5, 60] }, 'OP-TEE yield and TA entry: about 60 K instructions (optee_os issue 4869) are 15–30 µs'),
  'cma.fastGiBs': of('assumed', 8, 'GiB/s', { range: [4, 14] }, 'without pressure CMA finds free pages and is near an ordinary allocation (V07: the baselines come close at 0 GB)', ['V07']),
  'cma.highPressureGiB': fixed(6, 'GiB', 'TZ-LLM ran 6–13 GiB of pressure at one rate'),
  'cma.kneeHeadroomGiB': fixed(2, 'GiB', 'TZ-LLM always kept about 2 GiB of headroom; used by the reading `knee` only'),
  'tzasc.programUs': of('assumed', 2, 'µs', { range: [1, 10] }, 'a few MMIO writes and barriers'),
  'tzasc.granularityMiB': fixed(1, 'MiB', 'TF-A plat/rockchip/rk3588: the DDR firewall’s regions'),
  'tzasc.regions': fixed(16, 'regions', 'TF-A plat/rockchip/rk3588: 16 DDR regions'),
  'startup.initMs': of('measured', 2305.5, 'ms', null, 'TZ-LLM Fig. 1: boot 59.38 + metadata 447.1 + tokenizer 1799 ms', ['V15']),
  'startup.checkpointMiB': of('derived', 140.61, 'MiB', null, 'TZ-LLM Fig. 1: 40.52 + 39.2 + 60.89 MB of framework state', ['V15']),
} satisfies Partial<Record<ParameterId, Parameter>>
