import { causes, familyOf, type Cause, type Family } from '../run/causes.js'

/** Colours by name, light then dark. Charts use them as CSS variables, so one drawing follows the reader's scheme
 *  and prints in the light one; image files get the light values (`withoutVariables`). */
type Pair = readonly [light: string, dark: string]

const surface: Readonly<Record<string, Pair>> = {
  paper: ['#ffffff', '#14171c'],
  wash: ['#f5f6f8', '#1c2027'],
  ink: ['#1b1f24', '#e6e8eb'],
  muted: ['#5a6470', '#9aa4b0'],
  rule: ['#d9dde2', '#333a44'],
  grid: ['#e8ebee', '#272d36'],
  link: ['#0b5c9e', '#74b4ec'],
  alert: ['#9a4a00', '#f0a860'],
}

/** A hue a family, a ramp from deep to pale within it (Okabe–Ito hues: told apart with every common colour
 *  blindness; the ramps also differ in lightness, for print). */
const ramps: Readonly<Record<Family, readonly Pair[]>> = {
  work: [
    ['#0b5394', '#3d8fd6'],
    ['#8fbce6', '#a9cdf0'],
  ],
  restore: [
    ['#005f4b', '#0f8a6c'],
    ['#00896a', '#2bb18d'],
    ['#3fae90', '#62cfae'],
    ['#86cdb7', '#98e0c9'],
    ['#bfe5d8', '#c9f0e2'],
  ],
  switch: [
    ['#4f1500', '#8f3a17'],
    ['#7a2600', '#b04a1a'],
    ['#a33a00', '#cc5a1e'],
    ['#c44e0a', '#e06d28'],
    ['#dc6a1a', '#ee8138'],
    ['#ec8630', '#f5954c'],
    ['#f39f48', '#f9a862'],
    ['#f5b35c', '#fbba7a'],
    ['#f6c476', '#fcca93'],
    ['#f6d08c', '#fdd8ab'],
    ['#f5d99c', '#fee4c2'],
    ['#f3e0ac', '#feeed8'],
  ],
  memory: [
    ['#8a3a78', '#b763a3'],
    ['#d79ac6', '#dfb0d2'],
  ],
  startup: [['#6b5b1e', '#b09a45']],
  idle: [['#a3a9b0', '#6b737d']],
}

/** Policies, in the order listed; the shapes and dashes of a line differ as well. */
const policyColours: readonly Pair[] = [
  ['#5a6470', '#a3adb8'],
  ['#c64a08', '#f2853f'],
  ['#b8860b', '#e3b94a'],
  ['#0b5394', '#4f9fe6'],
  ['#8a3a78', '#c67ab3'],
  ['#00896a', '#2bb18d'],
  ['#3a3f99', '#8d93f0'],
  ['#7a2600', '#d98a66'],
]

const variables: ReadonlyMap<string, Pair> = new Map([
  ...Object.entries(surface),
  ...causes.map((cause): [string, Pair] => [`cause-${cause}`, causePair(cause)]),
  ...policyColours.map((pair, i): [string, Pair] => [`policy-${i}`, pair]),
])

export const colour = (name: string): string => `var(--${name})`
/** A cause of a user's own mechanism that the palette does not know is drawn muted. */
export const causeColour = (cause: string): string => colour(variables.has(`cause-${cause}`) ? `cause-${cause}` : 'muted')
export const policyColour = (order: number): string => colour(`policy-${order % policyColours.length}`)

/** The variables' declarations for one scheme, as they stand between the braces of a CSS rule. */
export function declarations(scheme: 'light' | 'dark'): string {
  return [...variables].map(([name, [light, dark]]) => `--${name}:${scheme === 'light' ? light : dark}`).join(';')
}

/** A drawing for programs that know no CSS variables: each one replaced by its light colour. */
export function withoutVariables(svg: string): string {
  return svg.replace(/var\(--([a-z0-9-]+)\)/g, (whole, name: string) => variables.get(name)?.[0] ?? whole)
}

/** The n-th cause of its family takes the n-th colour of the ramp, the last one where the ramp is shorter. */
function causePair(cause: Cause): Pair {
  const family = familyOf(cause)
  const ramp = ramps[family]
  const place = causes.filter((other) => familyOf(other) === family).indexOf(cause)
  return ramp[Math.min(place, ramp.length - 1)]!
}
