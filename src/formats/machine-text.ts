import { printable } from '../base/quote.js'

const MOST = 120

/** What a file says of its machine, as one line to print: `rk3588, NPU 1 GHz`. Empty parts and those that name people or places (paths,
 *  addresses) are left out, repeated ones stand once; undefined: nothing is left. */
export function machineText(parts: readonly (string | undefined)[]): string | undefined {
  const kept: string[] = []
  for (const part of parts) {
    const text = printable((part ?? '').trim().replace(/\s+/g, ' '), MOST)
    const isPrivate = /@|\\|(^|\s)[~/]|\/(home|Users|root|data|tmp)\//.test(text)
    if (text !== '' && !isPrivate && !/^(unknown|none|null|n\/a)$/i.test(text) && !kept.some((one) => one.toLowerCase().includes(text.toLowerCase()))) kept.push(text)
  }
  return kept.length === 0 ? undefined : printable(kept.join(', '), MOST - 1)
}
