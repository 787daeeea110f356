import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { printable, printableJson, printableLines } from './quote.js'
import { commandLine } from './shell.js'

const test = suite('text for a shell or a terminal')

/** The words that a POSIX shell makes of a line. */
const wordsOf = (line: string): string[] => execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' }).split('\0').slice(0, -1)

const hostile = ['$(touch x)', '`id`', "it's", '', '~', '*', 'a b', '#', '!!', '-n', 'a;b', 'a\nb', '\u001b]52;c;aGk=\u0007', '\u202eabc', '\u{e0041}\u{e007f}', '"$HOME"', '\\', "''", 'größe', '\u009b31m', '=x', '{a,b}', '\n', "'\u001b'\n"]

test('a shell reads a line back as the words that it was made of, and the line itself does nothing to a terminal', () => {
  assert.equal(wordsOf(commandLine(hostile)), hostile)
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }).filter((word) => !word.includes('\0')), { minLength: 1, maxLength: 8 }), (words) => {
      assert.equal(wordsOf(commandLine(words)), words)
    }),
    { numRuns: 60 },
  )
  for (const word of hostile) assert.is(printableLines(commandLine([word])), commandLine([word]))
  assert.is(commandLine(['worldswitch', 'compare', '--set', 'npu.launchUs=3', './a.jsonl']), 'worldswitch compare --set npu.launchUs=3 ./a.jsonl')
})

test('what a terminal would act upon is escaped: escape sequences, directions, tags, zero widths', () => {
  const bad = ['\u001b]52;c;aGk=\u0007', '\u009b31m', '\u202e', '\u2066', '\u061c', '\u200b', '\u00ad', '\u{e0041}', '\ufeff', '\ufff9', '\u2028', '\ud800']
  for (const text of bad) for (const shown of [printable(text), printableLines(text), printableJson({ [text]: text })]) assert.not.match(shown.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
  assert.is(printable('a\nb'), 'a\\u{a}b')
  assert.is(printableLines('a\n\tb'), 'a\n\tb')
  assert.is(printable('größe 模型 🙂'), 'größe 模型 🙂')
  for (const text of bad) if (text !== '\ud800') assert.equal(JSON.parse(printableJson({ text })), { text })
})

test.run()
