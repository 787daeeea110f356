const MAX_TASKS = 100_000

/** Tasks by the name that they had first: what one did is one lane, whoever tells it. */
export class TaskNames {
  private readonly names = new Map<number, string>()

  of({ comm, pid }: { readonly comm: string; readonly pid: number }): string {
    const name = this.names.get(pid) ?? `${comm}-${pid}`
    if (this.names.size < MAX_TASKS) this.names.set(pid, name)
    return name
  }
}
