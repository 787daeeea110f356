import { closest } from '../base/closest.js'

/** What a reader of an error would try next: the word that `found` most likely meant, or all of them. */
export function didYouMean(found: unknown, words: readonly string[]): string {
  const word = typeof found === 'string' ? closest(found.toLowerCase(), words) : undefined
  return word === undefined ? `one of ${words.join(', ')}` : `did you mean ${word}?`
}
