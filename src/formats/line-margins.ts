import { withoutPrefixes } from './line-prefixes.js'

type Strip = (text: string) => string

/** Of a file's first lines, as many as are looked at. */
const SAMPLE = 2000
const MOST_STEPS = 4
const NEARLY = 0.9
/** Service names of one recording. */
const MOST_NAMES = 16
/** Lines of a margin that hold no other bar: in a table nearly every line does. */
const BARE = 0.1

const BAR = /^\s{0,8}([|│┃┆┊▏▎▌])/
const NAME = /^([A-Za-z][\w./-]{0,80}|\d{1,4}\|[\w.-]{1,60})\s{0,60}\| ?/
const GITHUB = /^[^\t\n]{1,120}\t[^\t\n]{1,200}\t\ufeff?(?=\d{4}-\d\d-\d\dT[\d:.]{8,20}Z )/
/** The word behind it is how a runtime of Rockchip's is known. */
const LETTER = /^[VDIWEF] (?!rkllm)/

/** What stands ahead of nearly every line of a file and is told by that alone: bars of a margin, names of services, line numbers, a level
 *  as a letter, the blanks of a code block. Prefixes that are known by their own shape are taken off between them. */
export function lineStrip(lines: readonly string[]): Strip {
  const steps: Strip[] = []
  let sample = lines.slice(0, SAMPLE).map(withoutPrefixes)
  while (steps.length < MOST_STEPS) {
    const step = stepOf(sample)
    if (step === undefined) break
    steps.push(step)
    sample = sample.map((text) => withoutPrefixes(step(text)))
  }
  if (steps.length === 0) return withoutPrefixes
  return (text) => steps.reduce((rest, step) => withoutPrefixes(step(rest)), withoutPrefixes(text))
}

function stepOf(all: readonly string[]): Strip | undefined {
  const lines = all.filter((text) => /\S/.test(text))
  if (lines.length < 2) return undefined
  return githubStep(lines) ?? numberStep(all) ?? letterStep(lines) ?? nameStep(lines) ?? marginStep(lines) ?? indentStep(lines)
}

const without = (pattern: RegExp): Strip => (text) => text.replace(pattern, '')
const isNearlyAll = (count: number, lines: readonly string[]): boolean => count >= NEARLY * lines.length

const githubStep = (lines: readonly string[]): Strip | undefined => (isNearlyAll(lines.filter((text) => GITHUB.test(text)).length, lines) ? without(GITHUB) : undefined)

const letterStep = (lines: readonly string[]): Strip | undefined => (isNearlyAll(lines.filter((text) => LETTER.test(text)).length, lines) ? without(LETTER) : undefined)

/** As `cat -n`, `grep -n` and `bat` print it. A column of a table is not padded, nor has it a colon. */
const NUMBER = /^(?:(?=[ \d]{6,9}\t) {0,5}(\d{1,9})\t|(\d{1,9}):|\s{0,10}(\d{1,9})\s{0,4}│ ?)/

/** Numbers that count the lines themselves. */
function numberStep(all: readonly string[]): Strip | undefined {
  let last = NaN
  let count = 0
  for (const [i, text] of all.entries()) {
    if (text === '' && i >= all.length - 1) break
    const found = NUMBER.exec(text)
    const number = Number(found?.[1] ?? found?.[2] ?? found?.[3] ?? NaN)
    if (Number.isNaN(number) || (count > 0 && number !== last + 1)) return undefined
    last = number
    count++
  }
  return count < 2 ? undefined : without(NUMBER)
}

/** `server-1  | text` of several containers. */
function nameStep(lines: readonly string[]): Strip | undefined {
  const names = new Set<string>()
  let count = 0
  for (const text of lines) {
    const name = NAME.exec(text)?.[1]
    if (name === undefined) continue
    count++
    if (names.size <= MOST_NAMES) names.add(name)
  }
  return isNearlyAll(count, lines) && names.size <= MOST_NAMES && names.size * 2 <= lines.length ? without(NAME) : undefined
}

/** A bar ahead of every line, and perhaps one at its end. */
function marginStep(lines: readonly string[]): Strip | undefined {
  const barred = lines.filter((text) => BAR.test(text))
  if (!isNearlyAll(barred.length, lines)) return undefined
  const bar = BAR.exec(barred[0]!)![1]!
  const inner = barred.map((text) => text.trim().slice(1, -1))
  const isBare = (text: string): boolean => !/[|│┃╪┼+]/.test(text)
  // A whole table within a margin: each of its lines begins with two bars.
  const isDouble = (text: string): boolean => /^ ?[|│┃]/.test(text)
  const areBare = inner.filter((text) => isBare(text) && !/^[\s:═─-]*$/.test(text)).length >= BARE * lines.length
  const hasTable = inner.some(isDouble) && inner.every((text) => isDouble(text) || isBare(text))
  if (!areBare && !hasTable) return undefined
  const isClosed = isNearlyAll(barred.filter((text) => text.trim().length > 1 && text.trimEnd().endsWith(bar)).length, barred) && !inner.every(isDouble)
  return (text) => {
    const rest = text.replace(/^\s{0,8}[|│┃┆┊▏▎▌] ?/, '')
    return isClosed && rest !== text && rest.trimEnd().endsWith(bar) ? rest.trimEnd().slice(0, -1).trimEnd() : rest
  }
}

/** Blanks that every line begins with: a page's code block. */
function indentStep(lines: readonly string[]): Strip | undefined {
  let indent = /^[ \t]*/.exec(lines[0]!)![0].slice(0, 200)
  for (const text of lines) {
    while (!text.startsWith(indent)) indent = indent.slice(0, -1)
    if (indent === '') return undefined
  }
  return (text) => (text.startsWith(indent) ? text.slice(indent.length) : text)
}
