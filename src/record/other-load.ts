import { availableParallelism, cpus } from 'node:os'

/** Starts to watch; the answer is the share of this machine's cores (0 … 1) that others used since: other processes,
 *  and what a hypervisor took as far as the system counts it as busy. A recording on a busy machine says so. */
export function watchOtherLoad(): () => number {
  const busyMs = machineBusyMs()
  const own = process.cpuUsage()
  const startedMs = performance.now()
  return () => {
    const wallMs = performance.now() - startedMs
    const { user, system } = process.cpuUsage(own)
    const othersMs = machineBusyMs() - busyMs - (user + system) / 1000
    return wallMs <= 0 ? 0 : Math.min(1, Math.max(0, othersMs / (wallMs * availableParallelism())))
  }
}

function machineBusyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}
