/** A section of Android's ATrace, as apps write it to the kernel's trace marker. */
export interface AtraceMark {
  readonly what: 'begin' | 'end' | 'async-begin' | 'async-end' | 'other'
  /** '' of an end. */
  readonly name: string
  readonly pid: string
  /** Of asynchronous ones: which. */
  readonly cookie: string
}

/** `B|pid|name`, `E|pid` (or `E`), `S|pid|name|cookie`, `F|pid|name|cookie`; counters and instants (`C`, `I`, `N`, `G`, `H`) are others.
 *  Undefined: the text is no such mark. Names may hold bars. */
export function atraceMark(text: string): AtraceMark | undefined {
  const line = text.replace(/[\r\n\0]+$/, '').slice(0, 2000)
  if (/^E(\|\d{0,10}(\|.*)?)?$/.test(line)) return { what: 'end', name: '', pid: line.slice(2).split('|')[0]!, cookie: '' }
  const found = /^([BSFCINGH])\|(\d{1,10})\|(.*)$/.exec(line)
  if (found === null) return undefined
  const [, letter, pid, rest] = found
  if (letter === 'B') return { what: 'begin', name: rest!, pid: pid!, cookie: '' }
  if (letter !== 'S' && letter !== 'F') return { what: 'other', name: rest!, pid: pid!, cookie: '' }
  const bar = rest!.lastIndexOf('|')
  const [name, cookie] = bar < 0 ? [rest!, ''] : [rest!.slice(0, bar), rest!.slice(bar + 1)]
  return { what: letter === 'S' ? 'async-begin' : 'async-end', name, pid: pid!, cookie }
}
