import { GiB, MS } from '../../base/units.js'
import type { ClaimSetting, Prediction } from './claim.js'
import { flexScene } from './flexserve-claims.js'
import { tzModels, tzScene, STRAWMAN, FLASH } from './tz-llm-claims.js'
import type { Detail, See, Tally } from './see.js'

/** Calibrating rows, found again inside whole replays: what a cause took there, scaled to the row's 8 GiB. */
const NONE: Tally = { ns: 0, bytes: 0, count: 0 }
const of = ({ tally }: Detail, cause: string): Tally => tally[cause] ?? NONE
const eightGiBMs = (ns: number, bytes: number): number => ((ns / bytes) * 8 * GiB) / MS
const sumNs = (detail: Detail, ...causes: readonly string[]): number => causes.reduce((sum, cause) => sum + of(detail, cause).ns, 0)

const flexScale = 'llama-3.1-8b'
const flex = (see: See, policy: string): Detail => see.detail(flexScene(flexScale, policy))
const llama3 = tzModels[3]

function v09(see: See): Prediction[] {
  const flexserve = flex(see, 'flexserve')
  const cma = of(flex(see, 'strawman'), 'allocate')
  return [
    { label: 'Flex-Mem', value: eightGiBMs(sumNs(flexserve, 'allocate', 'protect', 'tlb-invalidate'), of(flexserve, 'allocate').bytes) },
    { label: 'CMA at 8 GB pressure', value: eightGiBMs(cma.ns, cma.bytes) },
  ]
}

function v10(see: See): Prediction[] {
  const unprotect = of(flex(see, 'flexserve?residency=release'), 'unprotect')
  const strawman = flex(see, 'strawman')
  const flexMs = eightGiBMs(unprotect.ns, unprotect.bytes)
  const cmaMs = eightGiBMs(sumNs(strawman, 'scrub', 'unprotect'), of(strawman, 'unprotect').bytes)
  return [
    { label: 'Flex-Mem', value: flexMs },
    { label: 'CMA', value: cmaMs },
    { label: 'CMA over Flex-Mem', value: cmaMs / flexMs },
  ]
}

function v11(see: See): Prediction[] {
  const flexserve = flex(see, 'flexserve')
  const { ns, count } = of(flexserve, 'npu-switch')
  const launch = of(flex(see, 'optimized-strawman'), 'dispatch')
  const map = of(flexserve, 'smmu-map')
  return [
    { label: 'mode switch', value: ns / count / MS },
    { label: 'task launch', value: launch.ns / launch.count / MS },
    { label: 'SMMU mapping of 8 GB', value: eightGiBMs(map.ns, map.bytes) },
  ]
}

function v12(see: See): Prediction[] {
  const flexserve = flex(see, 'flexserve')
  const [load, decrypt] = [of(flexserve, 'flash-read'), of(flexserve, 'decrypt')]
  return [
    { label: 'load', value: eightGiBMs(load.ns, load.bytes) },
    { label: 'decrypt', value: eightGiBMs(decrypt.ns, decrypt.bytes) / 4 },
  ]
}

function v15(see: See): Prediction[] {
  const { ttftNs, exposedNs } = see.detail(tzScene(llama3, STRAWMAN, 512))
  return [
    { label: 'before prefill', value: (ttftNs - (exposedNs.compute ?? 0)) / MS },
    { label: 'TTFT', value: ttftNs / MS },
  ]
}

function v22(see: See): Prediction[] {
  const all = { cached: 1, outputTokens: 2 }
  const npu = see.latency(tzScene(llama3, FLASH, 512, all))
  const cpu = see.latency(tzScene(llama3, `${FLASH}?npu=none`, 512, all))
  return [
    { label: 'prefill', value: cpu.ttftNs / npu.ttftNs },
    { label: 'decode', value: cpu.tpotNs! / npu.tpotNs! },
  ]
}

function v27(see: See): Prediction[] {
  const reload = of(see.detail(tzScene(llama3, 'tz-llm?npu=driver-reload', 128)), 'npu-init')
  return [{ label: 'detach and attach', value: reload.ns / reload.count / MS }]
}

/** Of the allocating tasks: their bytes over the time of one server of `threads`. */
function v29(see: See): Prediction[] {
  const rate = (threads: number): number => {
    const { ns, bytes } = of(see.detail(tzScene(llama3, `strawman?threads=${threads}`, 128)), 'allocate')
    return ((bytes / GiB) * threads * 1e9) / ns
  }
  return [
    { label: 'one thread', value: rate(1) },
    { label: 'four threads', value: rate(4) },
  ]
}

const setting = (id: ClaimSetting['id'], predict: ClaimSetting['predict'], ...notes: string[]): ClaimSetting => ({ id, predict, readings: [], drawn: false, notes })

/** V09–V12, V15, V22, V27, V29: parameters come from them, so a small error says the model adds up, no more. */
export const componentClaims: readonly ClaimSetting[] = [
  setting('V09', v09, 'Allocation, protection and invalidations of a whole request, scaled to 8 GiB.'),
  setting('V10', v10, 'The text’s 12.6× fits no pair of Table 1’s rows.'),
  setting('V11', v11),
  setting('V12', v12),
  { ...setting('V15', v15, 'The KV cache and activations are allocated too, and 20 µs a world switch are ours.'), drawn: true },
  { ...setting('V22', v22, 'The decode gain is that of the matmuls’ bandwidths; the head, attention and norms stay on the CPU on both sides.'), drawn: true },
  setting('V27', v27),
  setting('V29', v29, 'The paper’s GB are GiB here: 1946 MiB/s at 64, 266 and 8137 MB (Fig. 1).'),
]
