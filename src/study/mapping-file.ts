import { readFile } from 'node:fs/promises'
import { BadInput } from '../base/errors.js'
import { checkedMapping, parseMapping, type TableMapping } from '../formats/table/mapping.js'

/** What `--map` says: a mapping in a line, or a JSON file of one. Throws `UsageFault`, `BadInput` (the file). */
export async function readMapping(text: string): Promise<TableMapping> {
  if (text.includes('=') && !text.endsWith('.json')) return parseMapping(text)
  let content: string
  try {
    content = await readFile(text, 'utf8')
  } catch (error) {
    throw new BadInput({ file: text }, 'a mapping', (error as { code?: string }).code ?? 'nothing', 'write it in a line: name=kernel,durationNs=us:time')
  }
  try {
    return checkedMapping(JSON.parse(content))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new BadInput({ file: text }, 'JSON', error.message)
  }
}
