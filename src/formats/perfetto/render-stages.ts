import type { RenderStage } from './messages.js'
import type { Sequence } from './sequence.js'

const MOST = 10_000

/** What a GPU did from when to when, by names. */
export interface NamedStage {
  readonly name: string
  /** Of the stage, where the work has a name of its own. */
  readonly category: string
  readonly queue: string
}

/** Names of what GPUs did: interned with the packets of a sequence, or, of older producers, listed once for the whole recording. */
export class RenderStages {
  private queues: readonly string[] = []
  private stages: readonly string[] = []

  /** Takes the list, when the packet brings it. */
  describe({ specifications }: RenderStage): void {
    const namesOf = (of: readonly { readonly name?: string }[] = []): string[] => of.slice(0, MOST).map(({ name = '' }) => name.slice(0, 200))
    if (specifications?.hwQueue !== undefined) this.queues = namesOf(specifications.hwQueue)
    if (specifications?.stage !== undefined) this.stages = namesOf(specifications.stage)
  }

  /** Undefined: the packet only lists names. */
  named(event: RenderStage, sequence: Sequence): NamedStage | undefined {
    const { name, nameIid, stageIid, stageId, hwQueueIid, hwQueueId, gpuId = 0 } = event
    if (event.specifications !== undefined && event.duration === undefined && event.eventId === undefined) return undefined
    const stage = sequence.stages.get(stageIid ?? -1) ?? (stageIid === undefined ? this.stages[stageId ?? 0] : undefined)
    const queue = sequence.stages.get(hwQueueIid ?? -1) ?? (hwQueueIid === undefined ? this.queues[hwQueueId ?? 0] : undefined)
    const own = name ?? sequence.names.get(nameIid ?? -1)
    const stageName = named(stage, `stage ${stageIid ?? stageId ?? 0}`)
    return { name: own ?? stageName, category: own === undefined ? '' : stageName, queue: `gpu ${gpuId}: ${named(queue, `queue ${hwQueueIid ?? hwQueueId ?? 0}`)}` }
  }
}

const named = (name: string | undefined, otherwise: string): string => (name === undefined || name === '' ? otherwise : name)
