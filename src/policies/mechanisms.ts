import { flexMem } from '../mechanisms/memory/flex-mem.js'
import { ordinaryPages } from '../mechanisms/memory/none.js'
import { staticCarveout } from '../mechanisms/memory/static-carveout.js'
import { tzascCma } from '../mechanisms/memory/tzasc-cma.js'
import { coDriver } from '../mechanisms/npu/co-driver.js'
import { driverReload } from '../mechanisms/npu/driver-reload.js'
import { flexNpu } from '../mechanisms/npu/flex-npu.js'
import { noNpu } from '../mechanisms/npu/none.js'
import { sharedUnprotected } from '../mechanisms/npu/shared-unprotected.js'
import { serial } from '../mechanisms/pipeline/serial.js'
import { keepAll } from '../mechanisms/residency/keep-all.js'
import { llmAware } from '../mechanisms/residency/llm-aware.js'
import { lru } from '../mechanisms/residency/lru.js'
import { release } from '../mechanisms/residency/release.js'
import { fifo } from '../mechanisms/scheduler/fifo.js'
import { multiModel } from '../mechanisms/scheduler/multi-model.js'
import { checkpoint } from '../mechanisms/startup/checkpoint.js'
import { coldInit } from '../mechanisms/startup/cold-init.js'
import { resident } from '../mechanisms/startup/resident.js'
import type { AnyMechanism, Factor, Policy } from '../replay/factors.js'
import type { PolicyOptions } from './options.js'
import { carveoutFrom, cmaFrom, decodeFrom, flexMemFrom, flexNpuFrom, layeredFrom, llmAwareFrom, lruFrom, multiModelFrom } from './parts.js'

type Makers = { readonly [F in Factor]: Readonly<Record<string, (options: PolicyOptions) => Policy[F]>> }

/** Every mechanism by factor and id; options that it has are read from the policy's reference. To add one: its file, and
 *  its line here. */
export const mechanisms: Makers = {
  memory: {
    none: ordinaryPages,
    'static-carveout': (options) => staticCarveout(carveoutFrom(options)),
    'tzasc-cma': (options) => tzascCma(cmaFrom(options, 1)),
    'flex-mem': (options) => flexMem(flexMemFrom(options)),
  },
  npu: {
    none: noNpu,
    'shared-unprotected': (options) => sharedUnprotected(decodeFrom(options)),
    'driver-reload': (options) => driverReload(decodeFrom(options)),
    'co-driver': (options) => coDriver(decodeFrom(options)),
    'flex-npu': (options) => flexNpu(flexNpuFrom(options)),
  },
  residency: { release, 'keep-all': keepAll, lru: (options) => lru(lruFrom(options)), 'llm-aware': (options) => llmAware(llmAwareFrom(options)) },
  pipeline: { serial, layered: (options) => layeredFrom(options, 'inside') },
  scheduler: { fifo, 'multi-model': (options) => multiModel(multiModelFrom(options)) },
  startup: { 'cold-init': coldInit, resident, checkpoint },
}

type AnyMaker = (options: PolicyOptions) => AnyMechanism

/** Makes the mechanism that somebody named; undefined: no mechanism of the factor is called so. */
export const mechanismMaker = (factor: Factor, id: string): AnyMaker | undefined => (Object.hasOwn(mechanisms[factor], id) ? (mechanisms[factor] as Readonly<Record<string, AnyMaker>>)[id] : undefined)
