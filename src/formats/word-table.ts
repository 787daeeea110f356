import { BadInput, type Place } from '../base/errors.js'

const MAX_CHARS = 16 << 20
const MAX_LENGTH = 64 << 10

/** Texts numbered by first use. Bounded: a file whose names are all different is refused before it fills the memory. */
export class WordTable {
  private readonly index = new Map<string, number>()
  private readonly texts: string[] = []
  private chars = 0

  constructor(
    private readonly what: string,
    private readonly most: number,
    private readonly file?: string,
  ) {}

  of(text: string, place?: Place): number {
    let id = this.index.get(text)
    if (id !== undefined) return id
    const where = place ?? (this.file === undefined ? {} : { file: this.file })
    if (text.length > MAX_LENGTH) throw new BadInput(where, `${this.what} of at most ${MAX_LENGTH} characters`, text.length)
    if (this.texts.length === this.most || this.chars + text.length > MAX_CHARS)
      throw new BadInput(where, `at most ${this.most} different ${this.what} of ${MAX_CHARS >> 20} Mi characters in all`, 'more of them')
    id = this.texts.length
    this.index.set(text, id)
    this.texts.push(text)
    this.chars += text.length
    return id
  }

  text(id: number): string {
    return this.texts[id]!
  }
}
