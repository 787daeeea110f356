import { open } from 'node:fs/promises'

const READ_BYTES = 1 << 20
const BUFFERS = 3

/** The bytes `from … to` of a file while the next ones are read on another thread. A chunk is good until the one behind
 *  it is asked for: its memory is used again. `onBytes` is told where in the file the reader stands. */
export async function* readAhead(path: string, from: number, to: number, onBytes: (position: number) => void): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  let pending: Promise<Uint8Array> | undefined
  try {
    const buffers = Array.from({ length: BUFFERS }, () => new Uint8Array(Math.min(READ_BYTES, Math.max(1, to - from))))
    let position = from
    let turn = 0
    const read = async (): Promise<Uint8Array> => {
      const buffer = buffers[turn++ % BUFFERS]!
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - position), position)
      position += bytesRead
      return buffer.subarray(0, bytesRead)
    }
    pending = read()
    for (;;) {
      const chunk = await pending
      if (chunk.length === 0) return
      const stands = position
      pending = read()
      onBytes(stands)
      yield chunk
    }
  } finally {
    await pending?.catch(() => undefined) // no read into memory, or from a file, that is gone
    await file.close()
  }
}
