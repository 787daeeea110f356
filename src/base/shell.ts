import { isUnsafe } from './quote.js'

/** Words as a line that a POSIX shell reads back as the same words: one that means something to a shell stands in single quotes, and
 *  characters that a terminal would act upon (but a newline) as `"$(printf '\ooo')"`, so that the line can be shown and pasted. */
export const commandLine = (words: readonly string[]): string => words.map(shellWord).join(' ')

function shellWord(word: string): string {
  if (/^[A-Za-z0-9@%+=:,./_-]+$/.test(word)) return word
  const parts = word.match(/'+|[^']+/g) ?? []
  return parts.length === 0 ? "''" : parts.map((part) => (part.startsWith("'") ? `"${part}"` : quoted(part))).join('')
}

/** A text without a single quote. */
function quoted(text: string): string {
  let out = ''
  let safe = ''
  const flush = (): void => {
    if (safe !== '') out += `'${safe}'`
    safe = ''
  }
  for (const char of text) {
    if (char === '\n' || !isUnsafe(char.codePointAt(0)!)) safe += char
    else {
      flush()
      out += `"$(printf '${[...new TextEncoder().encode(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}')"`
    }
  }
  flush()
  return out
}
