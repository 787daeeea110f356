import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { costsOf } from '../device/costs.js'
import { nanopcT6 } from '../device/rk3588-nanopc-t6.js'
import { defaultChoices } from '../device/choices.js'
import { nominal } from '../device/profile.js'
import { policyOf } from '../policies/policies.js'
import { tallied } from '../replay/attribute.js'
import { serve } from '../replay/replay.js'
import { checkWorkload } from '../trace/check-workload.js'
import type { Workload } from '../trace/workload.js'
import { workloadRequests } from '../study/workload-requests.js'

const file = fileURLToPath(new URL('../../traces/workloads/random-hour.workload.json', import.meta.url))

/** The random hour under each policy, operators a second, against its own requests replayed one by one; and the most memory
 *  that the process took. */
export async function run(): Promise<void> {
  const hour = checkWorkload(JSON.parse(readFileSync(file, 'utf8')), file)
  for (const policy of ['unprotected', 'strawman', 'optimized-strawman', 'tz-llm', 'flexserve?cache=4GiB']) {
    const whole = rate([hour], policy)
    const single = rate(hour.requests.slice(0, 24).map((request) => ({ ...hour, requests: [{ ...request, arrivalNs: 0 }] })), policy)
    console.log(
      `  ${policy.padEnd(22)} ${(whole.ops / 1e6).toFixed(2)} M ops in ${(whole.ms / 1e3).toFixed(1)} s, ${whole.perS.toFixed(0)} k ops/s; single requests ${single.perS.toFixed(0)} k ops/s: ratio ${(whole.perS / single.perS).toFixed(2)}; ${(process.resourceUsage().maxRSS / 2 ** 10).toFixed(0)} MiB at most`,
    )
  }
}

function rate(workloads: readonly Workload[], policy: string): { ops: number; ms: number; perS: number } {
  let ops = 0
  const began = performance.now()
  for (const workload of workloads) {
    const source = workloadRequests(workload, nanopcT6)
    const counted: typeof source = {
      ...source,
      ops: (...asked) => {
        const answer = source.ops(...asked)
        ops += answer.ops.length
        return answer
      },
    }
    const { plan, schedule } = serve({ source: counted, policy: policyOf(policy), costs: costsOf(nominal(nanopcT6), defaultChoices(nanopcT6)), pressureBytes: 8 * 2 ** 30, forgetFrom: 1_000_000 })
    tallied(plan, schedule).attributed(plan.requests, 'ttft-and-request')
  }
  const ms = performance.now() - began
  return { ops, ms, perS: ops / ms }
}
