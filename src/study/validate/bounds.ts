import { causes } from '../../run/causes.js'
import { CPU, FLASH, KERNEL, NPU } from '../../run/resources.js'
import type { Replayed } from '../../replay/replay.js'
import type { Bounds } from './see.js'

const compute = causes.indexOf('compute')

/**
 * Lower bounds of the first request's TTFT from the tasks of its prefill: each resource's work over its servers, and
 * the operators one after another, each at its widest. No order of the tasks beats any of them.
 */
export function lowerBounds({ graph: { tasks }, servers }: Replayed['plan'], request: number): Bounds {
  const [cpu, , flash, kernel] = servers
  let ioNs = 0
  let cpuNs = 0
  let computeNs = 0
  let kernelNs = 0
  for (let t = 0; t < tasks.length; t++) {
    if (tasks.request[t] !== request || tasks.step[t] !== 0) continue
    const mask = tasks.mask[t]!
    const ns = tasks.durationNs[t]!
    if ((mask & FLASH) !== 0) ioNs += ns / flash
    if ((mask & CPU) !== 0) cpuNs += ns / cpu
    if ((mask & KERNEL) !== 0) kernelNs += ns / kernel
    if ((mask & NPU) !== 0 && tasks.cause[t] === compute) computeNs += ns
    else if ((mask & CPU) !== 0 && tasks.cause[t] === compute) computeNs += ns / cpu
  }
  return { ioNs, cpuNs, computeNs, kernelNs }
}
