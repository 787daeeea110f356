import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrokenLaw, UsageFault } from '../base/errors.js'
import { formatShare } from '../base/units.js'
import type { Architecture } from '../model/architecture.js'
import type { GraphFacts } from '../trace/graph-facts.js'
import { leftOut } from './decoder.js'
import { decoderGraph } from './decoder-graph.js'
import { graphFacts } from './facts.js'
import type { Graph } from './graph.js'
import { thisMachine } from './machine.js'
import { layoutOf, writeOnnx } from './onnx-file.js'
import { watchOtherLoad } from './other-load.js'
import { medianRound, overheadOf, type Overhead, type Round } from './overhead.js'
import { promptOf, runPass, type Pass } from './pass.js'
import { cutProfile } from './profile-cut.js'
import { checkRoom, needOf } from './room.js'
import { PACKAGE, type Runtime, type Session } from './runtime.js'
import { inTemporaryFolder } from './temporary-folder.js'

export interface RecordOptions {
  readonly decoder: Architecture
  readonly promptTokens: number
  /** Tokens out: the prefill gives the first, each decode step one more. */
  readonly outputTokens: number
  readonly threads: number
  readonly seed: number
  /** Passes with and without the profiler, in turn. */
  readonly rounds: number
  readonly command: string
  readonly runtime: Runtime
  /** Where to copy `profile.json` and `graph.json`. */
  readonly keepProfile?: string | undefined
  readonly onProgress: (stage: Stage, done: number, total: number) => void
}

export type Stage = 'weights' | 'warm-up' | 'steps'

/** A recording, while its files exist. */
export interface Recording {
  /** An ONNX Runtime profile with the events of one pass only. */
  readonly profilePath: string
  readonly facts: GraphFacts
  readonly nodeEvents: number
  readonly overhead: Overhead
  /** Share of the machine's cores that others used while it was measured. */
  readonly otherLoadShare: number
}

const WARM_UP_TOKENS = 4

/** Writes the decoder, runs it with and without the profiler, and gives `use` the profile of the median pass with what
 *  the graph knows; every file is gone when `use` ends. Throws `UsageFault`: no room, or a runtime that refuses. */
export async function recording<T>(options: RecordOptions, use: (recording: Recording) => Promise<T>): Promise<T> {
  const { decoder, seed, onProgress } = options
  const graph = decoderGraph(decoder, options.promptTokens + options.outputTokens)
  const { dataBytes } = layoutOf(graph)
  const warmUp = Math.min(WARM_UP_TOKENS, options.outputTokens)
  const runs = warmUp + options.rounds * options.outputTokens
  await checkRoom(needOf(decoder, { ...options, dataBytes, nodes: graph.nodes.length, runs }), tmpdir())
  return inTemporaryFolder(async (folder) => {
    const modelPath = await writeOnnx(folder, graph, seed, (done) => onProgress('weights', done, dataBytes))
    const otherLoad = watchOtherLoad()
    const rounds = await measure(options, modelPath, folder, warmUp)
    const otherLoadShare = otherLoad()
    const kept = medianRound(rounds)
    const first = warmUp + kept * options.outputTokens
    const whole = await profileIn(folder)
    const profilePath = join(folder, 'profile.json')
    const nodeEvents = await cutProfile(whole, profilePath, { first, end: first + options.outputTokens })
    const facts = factsOf(options, graph, rounds[kept]!, otherLoadShare)
    if (options.keepProfile !== undefined) await keep(options.keepProfile, profilePath, facts)
    return use({ profilePath, facts, nodeEvents, overhead: overheadOf(rounds), otherLoadShare })
  })
}

/** Two sessions of one model in one process; after a short warm-up of both, whole passes in turn, the order swapped
 *  each round so that neither gains by it. Both must choose the same tokens: the profiler changes time, not results. */
async function measure(options: RecordOptions, modelPath: string, folder: string, warmUp: number): Promise<Round[]> {
  const { decoder, runtime, onProgress, outputTokens } = options
  const prompt = promptOf(decoder, options.promptTokens, options.seed)
  const total = 2 * (warmUp + options.rounds * outputTokens)
  let done = 0
  const pass = (session: Session, tokens: number, stage: Stage): Promise<Pass> =>
    runPass(runtime, session, decoder, prompt, tokens, () => onProgress(stage, ++done, total))
  const sessions: Session[] = []
  try {
    const plain = await open(options, modelPath)
    sessions.push(plain)
    const profiled = await open(options, modelPath, join(folder, 'ort'))
    sessions.push(profiled)
    await pass(plain, warmUp, 'warm-up')
    await pass(profiled, warmUp, 'warm-up')
    const rounds: Round[] = []
    while (rounds.length < options.rounds) {
      const isPlainFirst = rounds.length % 2 === 0
      const first = await pass(isPlainFirst ? plain : profiled, outputTokens, 'steps')
      const second = await pass(isPlainFirst ? profiled : plain, outputTokens, 'steps')
      if (first.tokens.join() !== second.tokens.join())
        throw new BrokenLaw('the profiled run chose other tokens than the unprofiled one')
      rounds.push(isPlainFirst ? { unprofiled: first, profiled: second } : { profiled: first, unprofiled: second })
    }
    profiled.endProfiling()
    return rounds
  } finally {
    for (const session of sessions) await session.release()
  }
}

async function open(options: RecordOptions, modelPath: string, profileFilePrefix?: string): Promise<Session> {
  try {
    return await options.runtime.InferenceSession.create(modelPath, {
      graphOptimizationLevel: 'basic', // the next level fuses Sigmoid and Mul and renames them
      executionMode: 'sequential',
      executionProviders: ['cpu'],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      enableProfiling: profileFilePrefix !== undefined,
      ...(profileFilePrefix === undefined ? {} : { profileFilePrefix }),
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageFault(`${PACKAGE} ${options.runtime.version} refuses the decoder: ${reason}`)
  }
}

async function profileIn(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.startsWith('ort') && file.endsWith('.json'))
  if (name === undefined) throw new UsageFault(`${PACKAGE} wrote no profile`)
  return join(folder, name)
}

function factsOf(options: RecordOptions, graph: Graph, round: Round, otherLoadShare: number): GraphFacts {
  const machine = thisMachine()
  const threads = `${options.threads} thread${options.threads === 1 ? '' : 's'} an operator`
  const missing = leftOut(options.decoder)
  const note = [
    'Real: operators, their order, shapes and durations, the arithmetic, the size of every weight.',
    'Not real: the values of weights and prompt are random (seeded), so the tokens mean nothing; there is no tokenizer.',
    'The head runs on the last token only; choosing the token (argmax) is no operator but a gap between steps.',
    'The cache is f32 and copied by the runtime at each step.',
    'Activations are f32, weights 4-bit in blocks of 32 with f32 scales.',
    ...(missing.length === 0 ? [] : [`Left out of the named model: ${missing.join('; ')}.`]),
    `The pass of median length of ${options.rounds} profiled ones; beside it the unprofiled one of its round.`,
    `Other work used ${formatShare(otherLoadShare)} of the cores meanwhile.`,
  ].join(' ')
  return graphFacts(options.decoder, graph, {
    promptTokens: options.promptTokens,
    outputTokens: options.outputTokens,
    device: machine.device,
    provenance: {
      how: 'recorded',
      tool: 'worldswitch record',
      command: options.command,
      machine: machine.words,
      runtime: `${PACKAGE} ${options.runtime.version}, CPU, ${threads}, sequential, graph optimisation basic`,
      note,
      unprofiled: { profiledStepNs: round.profiled.stepNs, unprofiledStepNs: round.unprofiled.stepNs },
    },
  })
}

async function keep(into: string, profilePath: string, facts: GraphFacts): Promise<void> {
  await mkdir(into, { recursive: true })
  await copyFile(profilePath, join(into, 'profile.json'))
  await writeFile(join(into, 'graph.json'), `${JSON.stringify(facts)}\n`)
}
