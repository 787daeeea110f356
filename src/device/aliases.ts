import type { DeviceProfile } from './profile.js'

/** Letters and digits, in lower case, between single blanks: spelling does not matter. */
const plain = (words: string): string => ` ${words.toLowerCase().replace(/\((tm|r|c)\)/g, ' ').replace(/[^a-z0-9]+/g, ' ').trim()} `

/** The profile that a machine is by the words that a recording has for it, and the alias that tells: the profile's id or one
 *  of its aliases, as whole words in any spelling. The longest one wins, then the first profile. Undefined: none fits. */
export function profileOfWords(words: string, profiles: readonly DeviceProfile[]): { readonly profile: DeviceProfile; readonly alias: string } | undefined {
  const text = plain(words)
  let best: { profile: DeviceProfile; alias: string } | undefined
  for (const profile of profiles)
    for (const alias of [profile.id, ...(profile.aliases ?? [])])
      if (plain(alias).length > 2 && text.includes(plain(alias)) && (best === undefined || plain(alias).length > plain(best.alias).length)) best = { profile, alias }
  return best
}
