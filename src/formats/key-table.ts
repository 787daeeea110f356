/** Finds a key among a few by its bytes. */
export class KeyTable {
  private readonly slotAt = new Int16Array(256).fill(-1)
  private readonly bytes: Uint8Array[] = []
  private readonly slotOf = new Map<string, number>()

  /** `names[i]` gets slot `firstSlot + i`; `childrenOf` is the slot whose object is scanned with `children`. */
  constructor(
    names: readonly string[],
    private readonly firstSlot: number,
    readonly childrenOf = -1,
    readonly children?: KeyTable,
  ) {
    names.forEach((name, i) => {
      const bytes = new TextEncoder().encode(name)
      this.bytes.push(bytes)
      this.slotOf.set(name, firstSlot + i)
      let home = homeOf(bytes, 0, bytes.length)
      while (this.slotAt[home]! >= 0) home = (home + 1) & 255
      this.slotAt[home] = i
    })
  }

  /** The slot of the key in `buf[start … end)`; -1: not one of ours. */
  find(buf: Uint8Array, start: number, end: number): number {
    for (let home = homeOf(buf, start, end); ; home = (home + 1) & 255) {
      const i = this.slotAt[home]!
      if (i < 0) return -1
      const name = this.bytes[i]!
      if (name.length !== end - start) continue
      let same = 0
      while (same < name.length && name[same] === buf[start + same]) same++
      if (same === name.length) return this.firstSlot + i
    }
  }

  named(name: string): number {
    return this.slotOf.get(name) ?? -1
  }
}

/** Keys are few and differ in length, first or last byte; a hash over all bytes costs more than the comparison. */
function homeOf(buf: Uint8Array, start: number, end: number): number {
  return end === start ? 0 : (Math.imul(end - start, 37) + Math.imul(buf[start]!, 7) + buf[end - 1]!) & 255
}
