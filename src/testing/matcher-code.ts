import asc from 'assemblyscript/asc'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const options = ['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--importMemory', '--use', 'abort=']

/** The text of `formats/kineto-matcher/matcher-code.ts`, compiled from `assembly/`. */
export async function matcherCodeText(): Promise<string> {
  let code: Uint8Array | undefined
  const { error, stderr } = await asc.main(['src/formats/kineto-matcher/assembly/matcher.ts', '--outFile', 'matcher.wasm', '--baseDir', root, ...options], {
    writeFile: (name, contents) => {
      if (name === 'matcher.wasm') code = contents as Uint8Array
    },
  })
  if (error !== null || code === undefined) throw new Error(`the matcher does not compile: ${error?.message ?? ''}\n${stderr.toString()}`)
  const lines = Buffer.from(code).toString('base64').match(/.{1,150}/g)!
  return `/** Compiled from \`assembly/\` by \`npm run matcher\`; a test compares. */\nexport const matcherCode =\n  ${lines.map((line) => `'${line}'`).join(' +\n  ')}\n`
}
