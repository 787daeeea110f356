import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pairs, spread } from './pairs.js'

const harness = suite('pairs')

harness('both sides run equally often, in turn, each as often first; promises are awaited', async () => {
  const ran: string[] = []
  const lines: string[] = []
  const a = async () => {
    await Promise.resolve()
    ran.push('a')
  }
  const result = await pairs('a', a, 'b', () => ran.push('b'), { rounds: 4, warmUp: 1, print: (line) => lines.push(line) })
  assert.is(ran.join(''), 'baabbaabba')
  assert.ok(result.ratio.min <= result.ratio.median && result.ratio.median <= result.ratio.max)
  assert.is(lines.length, 3)
})

harness('spread: the middle, or the mean of the middle two', () => {
  assert.equal(spread([3, 1, 2]), { median: 2, min: 1, max: 3 })
  assert.equal(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 })
})

harness.run()
