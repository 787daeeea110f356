import { contentHash, type ContentHash } from '../base/hash.js'
import { canonicalJson } from '../base/canonical.js'
import { BadInput } from '../base/errors.js'
import { allocateColumns, tableOf, type ColumnsOf } from './columns.js'
import { Plausibility, doubtsOf, refuse, type Examined } from './plausibility.js'
import { MAX_VARINT_BYTES, encodeColumn } from './varint.js'
import { MOST_REQUESTS, TRACE_SCHEMA, opColumns, type OpColumns, type OpField, type OpTable, type RuleSet, type TraceHeader } from './trace.js'

export const CHUNK_OPS = 65_536
const MAX_RULE_SETS = 0x1_0000
export const opFields = Object.keys(opColumns) as OpField[]

/** Up to `CHUNK_OPS` consecutive ops, raw and encoded. Both are reused for the next chunk: copy what you keep. */
export interface OpChunk {
  readonly number: number
  readonly ops: OpTable
  /** Dependencies an op, and their distances back (op − dependency), in op order. */
  readonly afterCount: Uint32Array
  readonly afterBack: Uint32Array
  readonly encoded: Readonly<Record<OpField | 'afterCount' | 'afterBack', Uint8Array>>
}

export type HeaderFacts = Omit<TraceHeader, 'schema' | 'ruleSets'>

/** What a finished trace has beside its chunks. */
export interface WrittenTrace {
  readonly header: TraceHeader
  readonly strings: readonly string[]
  readonly hash: string
  readonly opCount: number
}

/**
 * Takes ops in order of start, one at a time, and hands on chunks; memory stays flat. Strings and rule sets are
 * numbered by first use in that order, so that the content hash does not depend on how a file was read. Every chunk passes the
 * laws of plausibility on its way, whoever wrote it; what they found becomes the header's `doubts`, or a refusal.
 *
 *     const i = writer.push()          // row of the open chunk, zeroed but layer = tensor = -1
 *     writer.op.kind[i] = …            // fill by name; `writer.op` is stable
 *     writer.waitsFor(opIndex)         // a dependency of the op just pushed
 *     writer.finish(header)
 */
export class TraceWriter {
  readonly op: ColumnsOf<OpColumns> = allocateColumns(opColumns, CHUNK_OPS)
  /** Ops pushed so far: the index of the next one. */
  opCount = 0
  /** The file that is read, for messages; else the trace's name stands in them. */
  file: string | undefined
  /** Whether a trace that breaks a law for too much of its time is refused; false: what it breaks is only a doubt. */
  refuses = true
  private readonly stringIndex = new Map<string, number>([['', 0]])
  private readonly ruleIndex = new Map<string, number>([['{}', 0]])
  private readonly ruleSets: RuleSet[] = [{}]
  private readonly plausibility = new Plausibility(this.ruleSets, (rules) => this.ruleSet(rules))
  /** Columns pass through one type: a loop that meets five types of typed array is several times slower. */
  private readonly oneType = new Float64Array(CHUNK_OPS)
  private readonly scratch = new Uint8Array(CHUNK_OPS * MAX_VARINT_BYTES)
  private afterCount = new Uint32Array(CHUNK_OPS)
  private afterBack = new Uint32Array(CHUNK_OPS)
  private afterLength = 0
  private length = 0
  private chunks = 0

  /** `hash`: a faster one of the same digest, where the platform has it. */
  constructor(
    private readonly onChunk: (chunk: OpChunk) => void,
    private readonly hash: ContentHash = contentHash(),
  ) {}

  push(): number {
    if (this.length === CHUNK_OPS) this.flush()
    const i = this.length++
    this.opCount++
    this.op.layer[i] = -1
    this.op.tensor[i] = -1
    return i
  }

  /** The op just pushed waits for op `on` (its index in the trace, below its own). */
  waitsFor(on: number): void {
    const self = this.opCount - 1
    if (on < 0 || on >= self) throw new RangeError(`op ${self} cannot wait for op ${on}`)
    if (this.afterLength === this.afterBack.length) {
      const wider = new Uint32Array(this.afterBack.length * 2)
      wider.set(this.afterBack)
      this.afterBack = wider
    }
    this.afterBack[this.afterLength++] = self - on
    this.afterCount[this.length - 1]!++
  }

  intern(text: string): number {
    let index = this.stringIndex.get(text)
    if (index === undefined) this.stringIndex.set(text, (index = this.stringIndex.size))
    return index
  }

  ruleSet(rules: RuleSet): number {
    const key = canonicalJson(rules)
    let index = this.ruleIndex.get(key)
    if (index === undefined) {
      if (this.ruleIndex.size === MAX_RULE_SETS) throw new BadInput({ ...(this.file === undefined ? {} : { file: this.file }), field: 'ruleSets' }, `at most ${MAX_RULE_SETS} different sets of rules`, 'more of them')
      this.ruleIndex.set(key, (index = this.ruleIndex.size))
      this.ruleSets.push(JSON.parse(key) as RuleSet)
    }
    return index
  }

  /** The laws of plausibility that the trace breaks, refusals too. Throws `BadInput`: more requests than a replay can hold. Ends the pushing; `finish` asks it. */
  examine(facts: HeaderFacts): Examined {
    const { requests } = facts
    if (requests.length > MOST_REQUESTS) throw new BadInput({ file: this.file ?? facts.name, field: 'requests' }, `at most ${MOST_REQUESTS} requests, which a replay can tell apart`, requests.length, 'cut the recording into shorter ones')
    if (this.length > 0) this.flush()
    const strings = [...this.stringIndex.keys()]
    return this.plausibility.examine(facts, (string) => strings[string]!)
  }

  /** Ends the trace. The name is not part of the hash: the same content under another
   *  name is the same trace. Throws `BadInput` when it breaks a law of plausibility for too much of its time. */
  finish(facts: HeaderFacts): WrittenTrace {
    const examined = this.examine(facts)
    if (this.refuses) refuse(examined, this.file ?? facts.name)
    const { doubts: had = [], ...said } = facts
    const doubts = doubtsOf(had, examined.findings)
    const strings = [...this.stringIndex.keys()]
    const header: TraceHeader = { schema: TRACE_SCHEMA, ...said, ruleSets: this.ruleSets, ...(doubts.length === 0 ? {} : { doubts }) }
    this.hash.addText(canonicalJson({ ...header, name: '', strings }))
    return { header, strings, hash: this.hash.digest(), opCount: this.opCount }
  }

  private flush(): void {
    const length = this.length
    this.plausibility.see(this.op, length)
    const encoded: Record<string, Uint8Array> = {}
    for (const field of opFields) {
      this.oneType.set(this.op[field].subarray(0, length)) // memory that a short trace does not reach is never touched
      encoded[field] = encodeColumn(this.oneType, length, this.scratch).slice()
    }
    encoded['afterCount'] = encodeColumn(this.afterCount, length, this.scratch).slice()
    const wide = this.afterLength > CHUNK_OPS ? new Uint8Array(this.afterLength * MAX_VARINT_BYTES) : this.scratch
    encoded['afterBack'] = encodeColumn(this.afterBack, this.afterLength, wide).slice()
    for (const field of [...opFields, 'afterCount', 'afterBack']) this.hash.add(encoded[field]!)
    this.onChunk({
      number: this.chunks++,
      ops: tableOf(this.op, length),
      afterCount: this.afterCount.subarray(0, length),
      afterBack: this.afterBack.subarray(0, this.afterLength),
      encoded: encoded as OpChunk['encoded'],
    })
    for (const field of opFields) this.op[field].fill(0, 0, length)
    this.afterCount.fill(0, 0, length)
    this.length = 0
    this.afterLength = 0
  }
}
