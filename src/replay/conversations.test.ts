import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Extent } from '../run/extents.js'
import { Conversations } from './conversations.js'

const test = suite('conversations')
const extent = (id: number): Extent => ({ id, content: 'kv', model: 0, layer: -2, bytes: 1000, firstPage: id, pages: 1, request: 0, initial: false })

test('kept: each turn finds all earlier tokens in the cache', () => {
  const talk = new Conversations({ kv: 'keep' })
  assert.equal(talk.begin('a'), { pastTokens: 0, againTokens: 0, storedBytes: 0 })
  assert.equal(talk.end('a', 30, [extent(1)], 5), [])
  assert.equal(talk.begin('a'), { pastTokens: 30, againTokens: 0, storedBytes: 0 })
  assert.equal(talk.begin('b'), { pastTokens: 0, againTokens: 0, storedBytes: 0 })
})

test('dropped: each turn computes all earlier ones again, once, however often they were computed again', () => {
  const talk = new Conversations({ kv: 'drop' })
  for (const again of [0, 30, 60, 90]) {
    assert.equal(talk.begin('a'), { pastTokens: 0, againTokens: again, storedBytes: 0 })
    assert.equal(talk.end('a', 30, [extent(1)], 5), [extent(1)])
  }
})

test.run()
