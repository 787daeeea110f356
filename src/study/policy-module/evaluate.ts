import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { BadInput } from '../../base/errors.js'
import { contentHash } from '../../base/hash.js'
import { holdConsent, type Consent } from './consent.js'

const LOAD_MS = 10_000

/** Imports a module in a thread of its own, which can be ended where the module never comes back. */
const PROBE = `const { parentPort, workerData } = require('node:worker_threads')
import(workerData).then(
  (module) => parentPort.postMessage(module.default === undefined ? 'it has no default export' : ''),
  (error) => parentPort.postMessage(String((error && error.message) || error)),
)`

/** A user's module, evaluated: its default export and the hash of its text. Throws `UsageFault`: nobody consented to its code;
 *  `BadInput`: unreadable, broken, without default export, or never done. */
export async function evaluateModule(file: string, consent: Consent): Promise<{ value: unknown; hash: string }> {
  holdConsent(file, consent)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new BadInput({ file }, 'a policy module that can be read', (error as Error).message, 'write one with `worldswitch policies new`')
  }
  const hash = contentHash()
  hash.addText(text)
  const digest = hash.digest()
  // Another content is another module: one that was edited is not taken from the cache.
  const url = `${pathToFileURL(file).href}?${digest.slice(0, 16)}`
  const said = await probed(url)
  if (said !== '') throw new BadInput({ file }, 'a module that can be loaded, with a default export', said)
  return { value: ((await import(url)) as { default: unknown }).default, hash: digest }
}

function probed(url: string): Promise<string> {
  return new Promise((resolve) => {
    const worker = new Worker(PROBE, { eval: true, workerData: url, stdout: true, stderr: true })
    const done = (said: string): void => {
      clearTimeout(timer)
      void worker.terminate()
      resolve(said)
    }
    const timer = setTimeout(() => done(`it is still loading after ${LOAD_MS / 1000} s`), LOAD_MS)
    worker.once('message', done)
    worker.once('error', (error) => done(error.message))
    worker.once('exit', () => done('it ended the process'))
  })
}
