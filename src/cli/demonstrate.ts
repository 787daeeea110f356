import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStore } from '../store/store.js'
import { makeTemporary } from '../store/temporary.js'
import { resolveDevice } from '../study/device.js'
import { importFile } from '../study/import-file.js'
import { modelNamed, quantisationNamed } from '../study/names.js'
import { traceSubject } from '../study/subject.js'
import { synthesiseInto } from '../synth/synth.js'
import { makeReport, type Reporting } from './make-report.js'

export interface Demonstration {
  readonly policies: readonly string[]
  readonly device: string
  readonly out: string
  readonly samples: number
}

/** The recording that comes with the package: a small decoder's prefill and decode (traces/README.md). */
export const DEMO_RECORDING = fileURLToPath(new URL('../../traces/miniature-8x1024-p32-o10.trace.jsonl', import.meta.url))

/** Import, synthesis, replay and report, in a store that is gone afterwards. Returns the report's files. */
export async function demonstrate(reporting: Reporting, { policies, device, out, samples }: Demonstration): Promise<string[]> {
  const folder = makeTemporary('demo')
  const resolved = await resolveDevice(device)
  const store = openStore(join(folder, 'demo.db'))
  try {
    const recorded = await importFile(store, DEMO_RECORDING)
    const options = { model: modelNamed('llama-3.1-8b'), quant: quantisationNamed('int8'), device: resolved.profile, promptTokens: 128, outputTokens: 32 }
    const synthesised = await store.importTrace('', async (writer) => synthesiseInto(writer, options))
    const subjects = [
      { subject: traceSubject(store.load(recorded.hash)), title: '' },
      { subject: traceSubject(store.load(synthesised.hash)), title: '' },
    ]
    return await makeReport(reporting, subjects, policies, { device: resolved, seed: 1, samples }, {
      out,
      name: 'demo',
      title: 'Where the time goes when LLM inference moves into TrustZone',
      images: false,
      command: `worldswitch demo --out DIR --samples ${samples}`,
    })
  } finally {
    store.close()
    await rm(folder, { recursive: true, force: true })
  }
}
