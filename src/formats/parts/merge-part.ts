import { BadInput } from '../../base/errors.js'
import type { KinetoEvents } from '../kineto-events.js'
import { CPU_WIDTH, GPU_WIDTH, LAUNCH_WIDTH } from '../kineto-rows.js'
import { OTHER_COLUMNS, otherColumn, type KinetoPart } from './part.js'

/** Adds a part that another thread has scanned to the events of the whole file, which end where it begins: its rows, and between
 *  them the events that it passed on, which are scanned now. Throws `BadInput`. */
export function mergePart(part: KinetoPart, events: KinetoEvents): void {
  const { scanner } = events
  let [calls, launches, device] = [0, 0, 0]
  const addUpTo = (toCalls: number, toLaunches: number, toDevice: number): void => {
    if (toCalls > calls) events.cpu.addAll(part.calls.data.subarray(calls * CPU_WIDTH), toCalls - calls)
    if (toLaunches > launches) events.launches.addAll(part.launches.data.subarray(launches * LAUNCH_WIDTH), toLaunches - launches)
    if (toDevice > device) events.addDevice(part.device.data.subarray(device * GPU_WIDTH), toDevice - device)
    ;[calls, launches, device] = [toCalls, toLaunches, toDevice]
  }
  let from = 0
  for (let at = 0; at < part.others.length; at += OTHER_COLUMNS) {
    const row = part.others.subarray(at, at + OTHER_COLUMNS)
    const position = row[otherColumn.position]!
    const length = row[otherColumn.length]!
    addUpTo(row[otherColumn.calls]!, row[otherColumn.launches]!, row[otherColumn.device]!)
    scanner.resumeAt(position)
    scanner.feed(part.otherBytes.subarray(from, from + length))
    if (scanner.position !== position + length) throw new BadInput(scanner.place(), 'a whole event', 'half of one')
    from += length
  }
  addUpTo(part.calls.used / CPU_WIDTH, part.launches.used / LAUNCH_WIDTH, part.device.used / GPU_WIDTH)
  for (const [category, count] of part.categories) events.countCategory(category, count)
  if (part.startsAt >= 0) scanner.resumeAt(part.endsAt)
}
