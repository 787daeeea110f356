/** Temporary folders say in their names who made them, so that a later start can tell what nobody needs any more:
 *  `worldswitch-KIND-PID-SPACE-`, and what makes it unique behind. `space`: of process ids, since a number may be another's there. */
export const temporaryPrefix = (kind: string, pid: number, space: string): string => `worldswitch-${kind}-${pid}-${space}-`

/** The space of process ids, from what Linux says of it (`readlink /proc/self/ns/pid`): containers that share a folder for temporary
 *  files number their processes by themselves. '0': unknown. */
export function pidSpace(readlink: () => string): string {
  try {
    return /\d+/.exec(readlink())?.[0] ?? '0'
  } catch {
    return '0' // no Linux
  }
}

/** Who made a folder of that name; undefined: it does not say. */
export function makerOf(name: string): { readonly pid: number; readonly space: string } | undefined {
  const found = /^worldswitch-[a-z]+-(\d{1,10})-([0-9a-z]+)-[A-Za-z0-9]{6}$/.exec(name)
  return found === null ? undefined : { pid: Number(found[1]), space: found[2]! }
}
