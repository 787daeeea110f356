import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closest } from '../base/closest.js'
import { isKnown, leadingWords, unknownVerb } from './verbs.js'

const ids = ['compare', 'doctor', 'traces:list', 'traces:show', 'help']
const verbs = suite('verbs')

verbs('the words before the first flag name the verb, wherever --json stands', () => {
  assert.equal(leadingWords(['--json', 'traces', 'list', '--db', 'x']), ['traces', 'list'])
  assert.equal(leadingWords([]), [])
  assert.ok(isKnown(['traces', 'list', 'surplus'], ids))
  assert.not(isKnown(['traces'], ids))
})

verbs('an unknown verb gets the nearest, a wrong one within a topic the nearest of that topic', () => {
  assert.match(unknownVerb(['comprae'], ids, false)!.message, 'did you mean compare?')
  assert.match(unknownVerb(['traces', 'lits', '--x'], ids, false)!.message, 'did you mean traces list?')
  assert.is(unknownVerb(['zzzzzzzz'], ids, false)!.message, 'zzzzzzzz is not a worldswitch command; see worldswitch --help')
})

verbs('what names a verb or asks for help is no fault', () => {
  for (const argv of [['doctor', '--nope'], ['traces', 'list'], ['nope', '--help'], ['help', 'nope']])
    assert.is(unknownVerb(argv, ids, true), undefined, argv.join(' '))
  for (const argv of [[], ['traces']]) {
    assert.is(unknownVerb(argv, ids, false), undefined)
    assert.ok(unknownVerb(argv, ids, true))
  }
})

verbs('closest: a word is its own nearest, and nothing is near to everything', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1 }), fc.nat(), (words, n) => {
      const word = words[n % words.length]!
      assert.is(closest(word, words), word)
    }),
  )
  assert.is(closest('replay', ['sql', 'doctor']), undefined)
  assert.is(closest('x'.repeat(5000), ['sql']), undefined)
})

verbs('closest: one edit away from a long word is near enough', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 20 }), fc.nat(), fc.string({ maxLength: 1 }), (word, n, put) => {
      const at = n % word.length
      assert.is(closest(word.slice(0, at) + put + word.slice(at + 1), [word]), word)
    }),
  )
})

verbs.run()
