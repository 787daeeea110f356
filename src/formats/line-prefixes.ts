const DAY = '\\d{4}[-/.]\\d\\d[-/.]\\d\\d'
const MONTH_DAY = '\\d\\d-\\d\\d'
const MONTH = '(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \\d]?\\d,?(?: \\d{4})?'
const CLOCK = '\\d{1,2}:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?'
const ZONE = '(?: ?Z| ?[+-]\\d\\d:?\\d\\d| UTC| GMT)?'
const STAMP = `(?:(?:${DAY}|${MONTH_DAY}|${MONTH})[T_ ])?${CLOCK}${ZONE}`
const DATED = `(?:${DAY}|${MONTH})[T ]${CLOCK}${ZONE}`
const LETTER = '[VDIWEFA]'
const LEVEL = '(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|VERBOSE)'
const ANY_LEVEL = `(?:${LEVEL}|trace|debug|info|notice|warn|warning|error|fatal|critical|verbose|Info|Warning|Error|Debug|stdout|stderr|[VDIWEFT])`
const SECONDS = '\\[\\s{0,8}\\d{1,9}\\.\\d{3,9}\\]'
const TAG = '[^:\\n]{0,80}?\\s{0,40}: ?'

/** What log writers put ahead of a line, by how it begins: no row of any format begins so, and each can be taken off wherever it stands.
 *  Ahead of each is what it begins with: a digit, a letter, a bracket. The text behind keeps its own blanks. */
const prefixes: readonly (readonly [begins: string, source: string])[] = [
  // Android's logcat: threadtime (also with year, zone, uid, seconds of the epoch), brief, time, tag, process, thread; Android Studio's.
  ['d', `(?:(?:${DAY}|${MONTH_DAY}) ${CLOCK}${ZONE}|\\d{10}\\.\\d{3,9})\\s{1,8}(?:[\\w-]{1,20}\\s{1,8})?\\d{1,10}\\s{1,8}\\d{1,10} ${LETTER} ${TAG}`],
  ['d', `(?:${DAY}|${MONTH_DAY}) ${CLOCK}\\s{1,4}\\d{1,10}-\\d{1,10}\\s{1,4}\\S{1,80}\\s{1,80}\\S{1,120}\\s{1,80}${LETTER}  `],
  ['d', `(?:${DAY}|${MONTH_DAY}) ${CLOCK}\\s{1,4}\\d{1,10}-\\d{1,10}/\\S{1,120} ${LETTER}/${TAG}`],
  ['dA', `(?:(?:${DAY}|${MONTH_DAY}) ${CLOCK}${ZONE} )?${LETTER}/[^(:\\n]{1,80}\\(\\s{0,8}\\d{1,10}(?::\\s{0,8}\\d{1,10})?\\): ?`],
  ['A', `${LETTER}/[^:\\s]{1,80}\\s{0,40}: ?`],
  ['A', `${LETTER} ?\\(\\s{0,8}\\d{1,10}(?::\\s{0,8}\\d{1,10})?\\) `],
  // Its long form stands on a line of its own.
  ['[', `\\[ (?:(?:${DAY}|${MONTH_DAY}) ${CLOCK}${ZONE}|\\d{10}\\.\\d{3,9})\\s{1,8}(?:[\\w-]{1,20}:\\s{0,8})?\\d{1,10}:\\s{0,8}\\d{1,10} ${LETTER}/.{0,80}\\]$`],
  // syslog and journald, with the process and its number.
  ['dA[', `(?:<\\d{1,3}>)?(?:1 )?(?:(?:${DATED}|${SECONDS}) \\S{1,80} (?:[\\w.@/():-]{1,80}\\[\\d{1,10}\\]|kernel)): ?`],
  ['[', `<\\d{1,3}>1 ${DATED} \\S{1,80} \\S{1,80} \\S{1,40} \\S{1,40} (?:-|\\[[^\\]\\n]{0,200}\\]) `],
  // The kernel's ring, with the caller.
  ['[', `(?:<\\d{1,3}>)?${SECONDS}(?:\\[\\s{0,8}[TC]\\d{1,8}\\])?:? `],
  // glog, ExecuTorch, abseil.
  ['A', `${LETTER}(?:\\d{4,8})? ?${CLOCK}\\s{1,8}[^\\]\\n]{1,200}:\\d{1,6}\\] ?`],
  // llama.cpp with --log-timestamps.
  ['d', `\\d{1,5}\\.\\d\\d\\.\\d{3}\\.\\d{3} (?:${LETTER} )?`],
  // Rockchip's runtime; that of language models is told by its own word, which stays.
  ['A', `(?:${LETTER} )?RKNN(?:API)?: ?`],
  // Rust's loggers, spdlog, Python's, loguru, GitLab's runner, plain stamps.
  ['[', `\\[${STAMP} ${LEVEL}\\s{1,4}[\\w:]{1,120}\\] `],
  ['dA', `${STAMP} \\d\\d[OE][ +]`],
  ['dA', `${STAMP}\\s{1,4}(?:- |\\| ?)?(?:[\\w.-]{1,60} (?:-|\\|) )?${LEVEL}\\s{0,8}(?:-|\\|) (?:[\\w.<>]{1,80}:[\\w<>.]{1,80}:\\d{1,6} - )?`],
  ['dA', `${STAMP} ${LETTER}(?: |/)(?!rkllm)(?=\\S)`],
  ['[', `[[(]${STAMP}[\\])]:? ?`],
  ['dA', `${STAMP}(?::|,| -)? `],
  // Levels, with the module that some write behind them.
  ['[', `\\[[\\w.-]{1,40}\\] (?=\\[(?:trace|debug|info|warning|error|critical)\\] )`],
  ['[', `[[(<]${ANY_LEVEL}\\s{0,4}[\\])>]:? ?`],
  ['A', `${LEVEL}:(?:root|__main__):`],
  ['A', `${LEVEL}:[A-Za-z_][\\w.-]{0,60}:(?=\\S)`],
  ['A', `${LEVEL}(?:: ?| {1,2})(?:\\w{1,60}(?:::\\w{1,60}){1,8}: )?`],
  // kubectl, mpirun.
  ['[', '\\[pod/[^\\]\\s]{1,200}\\] '],
  ['[', '\\[\\d{1,6},\\d{1,6}\\]<std(?:out|err)>: ?'],
]

const beginning = (sign: string): RegExp[] => prefixes.filter(([begins]) => begins.includes(sign)).map(([, source]) => new RegExp(`^(?:${source})`))
const [ofDigits, ofLetters, ofBrackets] = [beginning('d'), beginning('A'), beginning('[')]
/** Most rows of long recordings begin with a capital and are let go here. */
const CAPITAL = new RegExp(`^(?:${LETTER}(?:[ /(]|\\d)|[A-Z][a-z]{2},? |${LEVEL}[: ]|RKNN)`)

/** Quote marks of pages and mails. */
const QUOTE = /^(?:> ?)+/
/** As many as writers put ahead of each other: a container's, a stamp, a level. */
const MOST = 6

/** The line without the prefixes that are known wherever they stand. */
export function withoutPrefixes(text: string): string {
  let rest = text
  for (let n = 0; n < MOST; n++) {
    const found = prefixAt(rest)
    if (found === 0) return rest
    rest = rest.slice(found)
  }
  return rest
}

function prefixAt(text: string): number {
  const code = text.charCodeAt(0)
  if (code >= 48 && code <= 57) return firstOf(ofDigits, text)
  if (code >= 65 && code <= 90) return CAPITAL.test(text) ? firstOf(ofLetters, text) : 0
  if (code === 40 || code === 60 || code === 91) return firstOf(ofBrackets, text)
  if (code === 62) return QUOTE.exec(text)![0].length
  return 0
}

function firstOf(patterns: readonly RegExp[], text: string): number {
  for (const pattern of patterns) {
    const found = pattern.exec(text)
    if (found !== null) return found[0].length
  }
  return 0
}
