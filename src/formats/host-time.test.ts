import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memorySpool } from '../trace/spool.js'
import { hostTime, type HostDropped } from './host-time.js'
import { CPU_WIDTH, OP_WIDTH, OWN_TIME, cpuRow, opRow } from './kineto-rows.js'
import { OperatorTable } from './operator-table.js'
import { torchOp } from './torch-op.js'

const host = suite('time of a host')

const words = ['aten::linear', 'aten::addmm', 'aten::layer_norm', 'aten::native_layer_norm', 'aten::view', 'aten::as_strided', 'aten::copy_', 'aten::to', 'my::custom', 'AddmmBackward0']
interface Call {
  readonly thread: number
  readonly startNs: number
  readonly endNs: number
  readonly word: number
}
interface Piece {
  readonly thread: number
  readonly word: string
  readonly startNs: number
  readonly endNs: number
  readonly isOwn: boolean
  readonly bytes: number
}

function piecesOf(calls: readonly Call[], dropped: Partial<HostDropped> = {}): Piece[] {
  const table = new OperatorTable()
  const rows = words.map((_, i) => table.rowOf(i, { dataType: 1, m: 0, n: 0, k: 0, flops: 0, bytes: 100 + i, tokens: 0, batch: 0 }))
  const cpu = memorySpool(CPU_WIDTH, 3)
  for (const { thread, startNs, endNs, word } of calls) {
    cpu.row[cpuRow.thread] = thread
    cpu.row[cpuRow.startNs] = startNs
    cpu.row[cpuRow.minusDurationNs] = startNs - endNs
    cpu.row[cpuRow.external] = -1
    cpu.row[cpuRow.operator] = rows[word]!
    cpu.add()
  }
  const ops = memorySpool(OP_WIDTH, 2)
  Object.assign(dropped, hostTime(cpu, table, ops, (name) => torchOp(words[name]!)))
  const pieces: Piece[] = []
  for (const sorted = ops.sorted(); sorted.next(); ) {
    const { data, at } = sorted
    const startNs = data[at + opRow.startNs]!
    const isOwn = (data[at + opRow.how]! & OWN_TIME) !== 0
    pieces.push({ thread: data[at + opRow.stream]!, word: words[data[at + opRow.name]!]!, startNs, endNs: startNs + data[at + opRow.durationNs]!, isOwn, bytes: data[at + opRow.bytes]! })
  }
  return pieces
}

/** `name start end`, one a line, on one thread. */
const calls = (text: string): Call[] =>
  text.trim().split('\n').map((line) => {
    const [name, startNs, endNs] = line.trim().split(' ')
    return { thread: 0, startNs: Number(startNs), endNs: Number(endNs), word: words.indexOf(name!) }
  })
const shown = (pieces: readonly Piece[]) => pieces.map(({ word, startNs, endNs, isOwn }) => `${word} ${startNs} ${endNs}${isOwn ? ' own' : ''}`)

host('what only calls others keeps its own time, around those; a norm is one with its views and copies', () => {
  const dropped: Partial<HostDropped> = {}
  const pieces = piecesOf(
    calls(`aten::linear 0 100
      aten::view 10 20
      aten::as_strided 12 15
      aten::addmm 30 90
      aten::copy_ 40 50
      aten::layer_norm 200 300
      aten::native_layer_norm 200 290
      aten::view 210 220
      aten::copy_ 230 240`),
    dropped,
  )
  assert.equal(shown(pieces), ['aten::linear 0 10 own', 'aten::view 10 20', 'aten::linear 20 30 own', 'aten::addmm 30 90', 'aten::linear 90 100 own', 'aten::native_layer_norm 200 290', 'aten::layer_norm 290 300 own'])
  assert.equal(dropped, { inside: 4, callers: 2, timeless: 0 })
  assert.equal(pieces.map(({ isOwn, bytes }) => [isOwn, bytes > 0]).filter(([isOwn, hasBytes]) => isOwn === hasBytes), [])
})

host('a layer norm that calls only views holds the work itself, and has its cost once', () => {
  const pieces = piecesOf(calls('aten::layer_norm 0 50\naten::view 10 20\naten::view 30 55'))
  assert.equal(shown(pieces), ['aten::layer_norm 0 55'])
  assert.is(pieces[0]!.bytes, 102)
})

host('a conversion is the copy in it; without one it moves nothing', () => {
  assert.equal(shown(piecesOf(calls('aten::to 0 10\naten::copy_ 2 9'))), ['aten::to 0 2 own', 'aten::copy_ 2 9', 'aten::to 9 10 own'])
  assert.equal(shown(piecesOf(calls('aten::to 0 10'))), ['aten::to 0 10'])
})

host('however operators nest, every moment has one op, that of an open operator, and none of the time is lost', () => {
  const call = fc.record({ thread: fc.integer({ min: 0, max: 1 }), startNs: fc.integer({ min: 0, max: 40 }), durationNs: fc.integer({ min: 0, max: 25 }), word: fc.integer({ min: 0, max: words.length - 1 }) })
  fc.assert(
    fc.property(fc.array(call, { maxLength: 30 }), (list) => {
      const all = list.map(({ durationNs, ...one }) => ({ ...one, endNs: one.startNs + durationNs }))
      const dropped: Partial<HostDropped> = {}
      const pieces = piecesOf(all, dropped)
      for (const thread of [0, 1])
        for (let ns = 0; ns < 70; ns++) {
          const open = all.filter((one) => one.thread === thread && one.startNs <= ns && ns < one.endNs)
          const here = pieces.filter((one) => one.thread === thread && one.startNs <= ns && ns < one.endNs)
          assert.is(here.length, open.length > 0 ? 1 : 0, `${here.length} ops at ${ns}, ${open.length} operators`)
          // Its own time is that of the one that began last.
          if (here[0]?.isOwn === true) assert.is(words[innermost(open).word], here[0].word)
        }
      const wholes = pieces.filter(({ isOwn }) => !isOwn).length
      assert.is(wholes + dropped.inside! + dropped.callers! + dropped.timeless!, all.length)
    }),
    { numRuns: 400 },
  )
})

/** Of those that are open: the one that began last; of several at once the shortest; of equal ones the later. */
function innermost(open: readonly Call[]): Call {
  return open.reduce((best, one) => (one.startNs > best.startNs || (one.startNs === best.startNs && one.endNs <= best.endNs) ? one : best))
}

host('in a forest that nests properly, wholes and own times are those of its definition', () => {
  interface Tree { readonly word: number; readonly gapNs: number; readonly kids: readonly Tree[] }
  const leaf = { word: fc.integer({ min: 0, max: words.length - 1 }), gapNs: fc.integer({ min: 1, max: 3 }) }
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, fc.record({ ...leaf, kids: fc.constant([]) }), fc.record({ ...leaf, kids: fc.array(tie('tree'), { maxLength: 3 }) })),
  }))
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), (forest) => {
      const all: Call[] = []
      const expected: string[] = []
      const rankOf = (word: number) => (word === 1 ? 3 : word <= 3 ? 2 : word === 6 || word === 8 ? 1 : 0)
      const most = ({ kids }: Tree): number => Math.max(-1, ...kids.map((kid) => Math.max(rankOf(kid.word), most(kid))))
      let now = 0
      const walk = (one: Tree, isShown: boolean): void => {
        const startNs = now
        const slot = all.push({ thread: 0, startNs, endNs: 0, word: one.word }) - 1
        const inside = most(one)
        const rank = rankOf(one.word)
        const isWhole = rank === 3 || inside < rank || (rank === 0 && inside === 0)
        const own = (fromNs: number): void => {
          if (isShown && !isWhole && now > fromNs) expected.push(`${words[one.word]} ${fromNs} ${now} own`)
        }
        let fromNs = now
        now += one.gapNs
        for (const kid of one.kids) {
          own(fromNs)
          walk(kid, isShown && !isWhole)
          fromNs = now
          now += one.gapNs
        }
        own(fromNs)
        if (isShown && isWhole) expected.push(`${words[one.word]} ${startNs} ${now}`)
        all[slot] = { ...all[slot]!, endNs: now }
      }
      for (const one of forest) walk(one, true)
      const byStart = (text: string) => Number(text.split(' ').at(text.endsWith('own') ? -3 : -2))
      assert.equal(shown(piecesOf(all)), expected.sort((a, b) => byStart(a) - byStart(b)))
    }),
    { numRuns: 400 },
  )
})

host('so many operators in one that nobody can wait for its end: it only calls others', () => {
  const views = Array.from({ length: 10_000 }, (_, i): Call => ({ thread: 0, startNs: 10 * i + 1, endNs: 10 * i + 5, word: 4 }))
  const pieces = piecesOf([{ thread: 0, startNs: 0, endNs: 100_000, word: 2 }, ...views])
  assert.is(pieces.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0), 100_000)
  assert.is(pieces.length, 20_001)
})

host.run()
