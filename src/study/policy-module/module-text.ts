import { readFile } from 'node:fs/promises'
import { BadInput } from '../../base/errors.js'
import { contentHash } from '../../base/hash.js'

/** The hash of a module's text, by which its policy goes. Throws `BadInput`: it cannot be read. */
export async function moduleHash(file: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new BadInput({ file }, 'a policy module that can be read', (error as Error).message, 'write one with `worldswitch policies new`')
  }
  const hash = contentHash()
  hash.addText(text)
  return hash.digest()
}
