import { joinBytes } from '../../base/bytes.js'
import { uniformStream } from '../../base/random.js'

const NUMBERS = ['0', '-1', '-0', '1e308', '-1e308', 'NaN', 'inf', '9007199254740993', '18446744073709551616', '99999999999999999999', '4294967296', '0.0000000001', '1e-400', '2147483648', '0x7fffffff']
const TEXTS = [
  '__proto__',
  'constructor',
  '\u0000',
  '\u001b[2J\u001b]0;owned\u0007',
  '../../../etc/passwd',
  "'); drop table trace; --",
  '<script>alert(1)</script>',
  '\u202e\u200b',
  '{{7*7}}%s%n',
  'a'.repeat(70_000),
  ' '.repeat(3000),
  '-'.repeat(3000),
  ','.repeat(3000),
  '|'.repeat(3000),
  '"',
  '\\',
  '{"a":'.repeat(400),
  '['.repeat(3000),
  '(1,'.repeat(2000),
  '\n'.repeat(500),
]
const BYTES = [0x00, 0xff, 0xc0, 0xed, 0xa0, 0x80, 0x0a, 0x22, 0x7f, 0x08, 0x12]
const MAX_BYTES = 400_000
const decoder = new TextDecoder('latin1')

/** A changed copy of `seed`, decided by `number` alone: one to four changes of the kinds that damaged, truncated and
 *  hostile files have: bytes, lines, cells and fields, numbers, nesting, names, lengths. */
export function mutated(seed: Uint8Array, others: readonly Uint8Array[], seedNumber: number, key: string): Uint8Array {
  const next = uniformStream(seedNumber, key)
  const upTo = (count: number): number => Math.floor(next() * count)
  let bytes = seed
  // What has grown large stays as it is: the importers' memory is what is looked at.
  for (let changes = 1 + upTo(4); changes > 0 && bytes.length < MAX_BYTES; changes--) bytes = changed(bytes, others, upTo)
  return bytes
}

function changed(bytes: Uint8Array, others: readonly Uint8Array[], upTo: (count: number) => number): Uint8Array {
  const isText = bytes.subarray(0, 4096).every((byte) => byte !== 0)
  const kinds = isText ? [...anyKinds, ...textKinds, ...textKinds] : [...anyKinds, ...binaryKinds, ...binaryKinds]
  return kinds[upTo(kinds.length)]!(bytes, upTo, others)
}

type Change = (bytes: Uint8Array, upTo: (count: number) => number, others: readonly Uint8Array[]) => Uint8Array

const anyKinds: readonly Change[] = [
  (b, upTo) => b.slice(0, upTo(b.length + 1)),
  (b, upTo) => b.slice(upTo(b.length + 1)),
  (b, upTo) => {
    const copy = b.slice()
    if (b.length > 0) copy[upTo(b.length)] = BYTES[upTo(BYTES.length)]!
    return copy
  },
  (b, upTo) => {
    const copy = b.slice()
    if (b.length > 0) copy[upTo(b.length)]! ^= 1 << upTo(8)
    return copy
  },
  (b, upTo) => {
    const at = upTo(b.length + 1)
    const end = Math.min(b.length, at + upTo(200))
    return joinBytes([b.subarray(0, end), b.subarray(at)])
  },
  (b, upTo) => {
    const at = upTo(b.length + 1)
    return joinBytes([b.subarray(0, at), b.subarray(Math.min(b.length, at + upTo(200)))])
  },
  (b, upTo, others) => joinBytes([b.subarray(0, upTo(b.length + 1)), others[upTo(others.length)]!]),
]

const binaryKinds: readonly Change[] = [
  // Lengths, offsets and counts: four bytes of an extreme number.
  (b, upTo) => {
    const copy = b.slice()
    if (b.length >= 4) new DataView(copy.buffer).setInt32(upTo(b.length - 3), [0, -1, 0x7fffffff, 0x80000000 | 0, 1, 65536][upTo(6)]!, true)
    return copy
  },
  // A varint grows without an end.
  (b, upTo) => {
    const at = upTo(b.length + 1)
    return joinBytes([b.subarray(0, at), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f].slice(0, 1 + upTo(9)), b.subarray(at)])
  },
  // A page or message moves.
  (b, upTo) => {
    const size = [16, 64, 512, 4096][upTo(4)]!
    const from = upTo(Math.max(1, Math.floor(b.length / size))) * size
    const to = upTo(Math.max(1, Math.floor(b.length / size))) * size
    const copy = b.slice()
    copy.set(b.subarray(from, Math.min(from + size, b.length - Math.max(0, to - from))).subarray(0, Math.max(0, b.length - to)), to)
    return copy
  },
]

/** Text is changed as latin1, so that every byte survives. */
const onText =
  (change: (text: string, upTo: (count: number) => number) => string): Change =>
  (b, upTo) =>
    Uint8Array.from(change(decoder.decode(b), upTo), (char) => char.charCodeAt(0) & 255)

/** Replaces the first match behind some place. */
function replaceOne(text: string, pattern: RegExp, upTo: (count: number) => number, by: (found: string) => string): string {
  pattern.lastIndex = upTo(text.length + 1)
  const one = pattern.exec(text) ?? pattern.exec(text)
  return one === null ? text : text.slice(0, one.index) + by(one[0]) + text.slice(one.index + one[0].length)
}

/** UTF-8 bytes as latin1 characters. */
const raw = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text.slice(0, 60_000)))

const textKinds: readonly Change[] = [
  onText((text, upTo) => replaceOne(text, /\d+(?:\.\d+)?/g, upTo, () => NUMBERS[upTo(NUMBERS.length)]!)),
  onText((text, upTo) => replaceOne(text, /\d+(?:\.\d+)?/g, upTo, (number) => number + '9'.repeat(1 + upTo(12)))),
  onText((text, upTo) => replaceOne(text, /[A-Za-z_][\w.:/-]*/g, upTo, () => raw(TEXTS[upTo(TEXTS.length)]!))),
  onText((text, upTo) => replaceOne(text, /"[^"\n]*"/g, upTo, () => ['null', '{}', '[]', '1', 'true', '""'][upTo(6)]!)),
  onText((text, upTo) => replaceOne(text, /[{}[\]",:|;\t]/g, upTo, () => ['', '{', '}', ',', '"', ':', '|', '\t'][upTo(8)]!)),
  onText((text, upTo) => {
    const lines = text.split('\n')
    const [a, b] = [upTo(lines.length), upTo(lines.length)]
    ;[lines[a], lines[b]] = [lines[b]!, lines[a]!]
    return lines.join('\n')
  }),
  onText((text, upTo) => {
    const lines = text.split('\n')
    const at = upTo(lines.length)
    lines.splice(at, upTo(2), ...Array.from({ length: upTo(40) }, () => lines[at]!))
    return lines.join('\n')
  }),
  onText((text, upTo) => {
    const lines = text.split('\n')
    const at = upTo(lines.length)
    const cells = lines[at]!.split(/(?<=[,|\t])/)
    const [a, b] = [upTo(cells.length), upTo(cells.length)]
    ;[cells[a], cells[b]] = [cells[b]!, cells[a]!]
    lines[at] = cells.join('')
    return lines.join('\n')
  }),
  onText((text, upTo) => {
    const at = upTo(text.length + 1)
    return text.slice(0, at) + raw(TEXTS[upTo(TEXTS.length)]!) + text.slice(at)
  }),
]
