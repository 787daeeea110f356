import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { BadInput } from '../base/errors.js'

/** Runs of a session, by number: `[first, end)`. */
export interface RunRange {
  readonly first: number
  readonly end: number
}

/** Copies the events of some runs out of an ONNX Runtime profile (one event a line; `model_run` ends its run), times
 *  untouched, so that warm-up and other passes are no part of the trace. Returns how many `Node` events it copied.
 *  Throws `BadInput` when the profile has fewer runs. */
export async function cutProfile(from: string, to: string, range: RunRange): Promise<number> {
  let run = 0
  let nodes = 0
  await pipeline(async function* () {
    let separator = '[\n'
    for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Infinity })) {
      const event = line.trim().replace(/,$/, '')
      if (!event.startsWith('{') || isSetUp.test(event)) continue
      if (run >= range.first && run < range.end) {
        if (isNode.test(event)) nodes++
        yield separator + event
        separator = ',\n'
      }
      if (isRunEnd.test(event)) run++
    }
    yield '\n]\n'
  }, createWriteStream(to))
  if (run < range.end)
    throw new BadInput({ file: from, field: 'model_run' }, `${range.end} runs`, run, 'the profiler dropped events')
  return nodes
}

const isNode = /^\{"cat" ?: ?"Node"/
const isRunEnd = /^\{[^{]*"name" ?: ?"model_run"/
const isSetUp = /^\{[^{]*"name" ?: ?"(?:model_loading_\w+|session_initialization)"/
