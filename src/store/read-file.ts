import { closeSync, openSync, readSync } from 'node:fs'

/** Small enough to stay in a core's cache until it is scanned. */
const READ_BYTES = 256 << 10
const TURN_BYTES = 1 << 20

/** The bytes `from … to` of a file. A chunk is good until the one behind it is asked for: its memory is used again. Reads on
 *  the thread that scans, which costs less than waiting for another one to do it (the system reads ahead); the event loop
 *  gets a turn every MiB. `onBytes` is told where in the file the reader stands. */
export async function* readFileRange(path: string, from: number, to: number, onBytes: (position: number) => void): AsyncGenerator<Uint8Array> {
  const file = openSync(path, 'r')
  try {
    const buffer = new Uint8Array(Math.min(READ_BYTES, Math.max(1, to - from)))
    let turnAt = from + TURN_BYTES
    for (let position = from; position < to;) {
      const length = readSync(file, buffer, 0, Math.min(buffer.length, to - position), position)
      if (length === 0) return
      position += length
      onBytes(position)
      yield buffer.subarray(0, length)
      if (position < turnAt) continue
      turnAt = position + TURN_BYTES
      await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    closeSync(file)
  }
}
