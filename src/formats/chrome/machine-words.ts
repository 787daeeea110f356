/** Keys under which tracers say what machine it was; all others (command lines, users, paths, environments) are not looked at. */
const keys = /^(?:device|device[ _-]?(?:name|model)|deviceName|soc(?:[ _-]?(?:model|name))?|chip(?:set)?|board|hardware(?:[ _-]?class)?|machine|cpu[ _-]?(?:brand|name|model)?|gpu(?:[ _-]?(?:name|gl[ _-]?renderer))?|npu(?:[ _-]?name)?|accelerator)$/i
const MOST_WORDS = 8
const MOST_CHARS = 200

/** What an object of a file's metadata says of the machine, of one level within too. */
export function machineWords(metadata: unknown): string[] {
  const words: string[] = []
  const look = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (words.length === MOST_WORDS) return
      if (typeof inner === 'string' && keys.test(key) && inner.length <= MOST_CHARS) words.push(inner)
      else if (depth > 0) look(inner, depth - 1)
    }
  }
  look(metadata, 1)
  return words
}
