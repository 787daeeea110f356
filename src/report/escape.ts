import { printable, printableLines } from '../base/quote.js'

const TEXT_LIMIT = 4000

/** Any text as HTML text or as the value of a quoted attribute; control and direction characters shown, not obeyed. */
export function html(text: string): string {
  return printable(text, TEXT_LIMIT).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

/** As `html`, of lines that stay whole and as long as they are: a command, which is pasted. */
export const htmlLines = (text: string): string => printableLines(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

/** Any value as JSON inside a `<script>`: nothing in it can end the element or open a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Any text as Markdown that renders as that text: no markup, no table break, no HTML. */
export function markdown(text: string): string {
  return printable(text, TEXT_LIMIT)
    .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/^[-=]/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2') // no list, no heading
    .replace(/:\/\//g, ':&#47;&#47;') // renderers link bare addresses
    .replace(/@/g, '&#64;')
    .replace(/\bwww\./gi, 'www&#46;')
}

/** Lines between the fences of a code block, whole; the fence is longer than any run of backticks in them. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${printableLines(text)}\n${fence}`
}
