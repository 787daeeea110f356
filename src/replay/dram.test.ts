import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CPU, FLASH, NPU } from '../run/resources.js'
import { TaskWriter, rank } from '../run/tasks.js'
import { contendedNs, dramDemand, shareAbove } from './dram.js'
import { runTasks } from './engine.js'

const test = suite('DRAM')

/** NPU 10 B/ns in [0, 100), flash 4 B/ns in [0, 50), decryption 2 × 1 B/ns in [0, 20). */
function graph() {
  const write = new TaskWriter()
  write.add({ cause: 'compute', mask: NPU, rank: rank.compute, durationNs: 100, bytes: 1000 })
  write.add({ cause: 'flash-read', mask: FLASH, rank: rank.issue, durationNs: 50, bytes: 200 })
  write.add({ cause: 'decrypt', mask: CPU, rank: rank.decrypt, durationNs: 20, bytes: 20 })
  write.add({ cause: 'world-switch', mask: CPU, rank: rank.issue, durationNs: 5 })
  return write.finish()
}

test('demand adds up over what runs at once, decryption twice; the share above is by time', () => {
  const g = graph()
  // The world switch goes first on the one core: decryption runs in [5, 25).
  const schedule = runTasks(g, [1, 1, 1, 1, 1, 0])
  const demand = dramDemand(g, schedule)
  assert.is(shareAbove(demand, 15, 100), 0.2) // 16 in [5, 25)
  assert.is(shareAbove(demand, 12, 100), 0.5) // 14 and more in [0, 50)
  assert.is(shareAbove(demand, 16, 100), 0)
})

test('contention stretches by the mean excess while a task runs, and nothing that moves no bytes', () => {
  const g = graph()
  const schedule = runTasks(g, [1, 1, 1, 1, 1, 0])
  // Bandwidth 8: excess 14/8 in [0, 5) and [25, 50), 16/8 in [5, 25), 10/8 in [50, 100).
  assert.equal([...contendedNs(g, schedule, 8)], [30 * 1.75 + 20 * 2 + 50 * 1.25, 30 * 1.75 + 40, 40, 5].map(Math.round))
  assert.equal([...contendedNs(g, schedule, 100)], [100, 50, 20, 5])
})

test.run()
