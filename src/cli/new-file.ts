import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UsageFault } from '../base/errors.js'
import { printable } from '../base/quote.js'

/** Where a new `what` of that name goes. Throws `UsageFault`: no such name is possible, or the file is there already. */
export function newFile(what: string, name: string, folder: string, suffix: string): string {
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(name)) throw new UsageFault(`a ${what} cannot be called ${printable(name, 60)}`, 'small letters, digits and dashes, a letter first')
  const file = join(folder, `${name}${suffix}`)
  if (existsSync(file)) throw new UsageFault(`${printable(file, 200)} is there already`, 'choose another name, or remove it first')
  return file
}
