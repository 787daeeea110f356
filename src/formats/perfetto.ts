import { no, yes } from './detected.js'
import type { Format } from './format.js'

const PACKET = 0x0a

/** Perfetto's own protobuf: slices of tracks, render stages of GPUs, sections of ATrace, and events of the kernel's tracer. */
export const perfetto: Format = {
  id: 'perfetto',
  title: 'Perfetto trace (protobuf, .pftrace)',
  source: 'https://perfetto.dev/docs/reference/trace-packet-proto',
  content: ['timeline', 'world-switches'],
  phases: 'slices called prefill and decode around others',
  bytes: 'none',
  runtime: 'Perfetto (Android, Chrome, the SDK)',
  command: 'adb shell perfetto -o /data/misc/perfetto-traces/run.pftrace -t 20s sched irq -a "*" && adb pull /data/misc/perfetto-traces/run.pftrace',
  detect: ({ bytes }) => (packets(bytes) ? yes : no('no packets of Perfetto')),
  read: async (source, into, tools) => (await import('./perfetto/read-perfetto.js')).readPerfetto(source, into, tools),
}

/** Whether the first three packets follow each other as their lengths say. */
function packets(bytes: Uint8Array): boolean {
  let at = 0
  let found = 0
  for (; found < 3 && at < bytes.length; found++) {
    if (bytes[at++] !== PACKET) return false
    let length = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++] ?? 0
      length += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    // A packet's first field: a tag of a message, a number or a text, never the end of a group.
    const type = (bytes[at] ?? 0) & 7
    if (length < 2 || type === 3 || type === 4 || type > 5) return false
    at += length
  }
  return found === 3 || (found > 0 && at === bytes.length)
}
