/** Requests of a kind of warning that are told one by one. */
const TOLD = 20

/** Warnings about requests, by what is said of them; behind the first ones of a kind the others are counted. */
export class RequestWarnings {
  private readonly kinds = new Map<string, { readonly said: Set<string>; more: number }>()

  add(kind: string, sentence: string): void {
    let known = this.kinds.get(kind)
    if (known === undefined) this.kinds.set(kind, (known = { said: new Set(), more: 0 }))
    if (known.said.size < TOLD) known.said.add(sentence)
    else known.more++
  }

  /** In the order in which they were met first. */
  all(): string[] {
    return [...this.kinds].flatMap(([kind, { said, more }]) => [...said, ...(more === 0 ? [] : [`of ${more} further requests: ${kind}`])])
  }
}
