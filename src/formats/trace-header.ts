import { BadInput, type Place } from '../base/errors.js'
import { TRACE_SCHEMA, type TraceHeader } from '../trace/trace.js'
import { Checked } from './trace-check.js'

/** The header line of the interchange: `TraceHeader` plus how many ops follow (to notice a file cut at a line's end)
 *  and strings that no op uses. */
export interface HeaderLine extends TraceHeader {
  readonly ops?: number
  readonly strings?: readonly string[]
}

const headerKeys = [
  'schema',
  'name',
  'device',
  'profile',
  'provenance',
  'lanes',
  'models',
  'tensors',
  'requests',
  'dependencies',
  'ruleSets',
  'skipped',
  'doubts',
  'calls',
  'ops',
  'strings',
]
const provenanceTexts = ['tool', 'command', 'machine', 'runtime', 'format', 'note'] as const

/** Checks a header from a file. Throws `BadInput`: an older or newer schema, a missing or wrong field. */
export function checkHeader(value: unknown, place: Place): HeaderLine {
  const header = Checked.of(value, place, '')
  const schema = header.get('schema')
  if (schema !== TRACE_SCHEMA) {
    const isOurs = typeof schema === 'string' && /^worldswitch-trace\/\d+$/.test(schema)
    const hint = isOurs
      ? 'this file was written by another version of worldswitch: update it'
      : 'the first line of a trace is its header'
    throw new BadInput({ ...place, field: 'schema' }, `"${TRACE_SCHEMA}"`, schema, hint)
  }
  header.onlyKeys(headerKeys)
  header.text('name')
  header.text('device')
  if (header.has('profile')) header.text('profile')
  header.word('dependencies', ['explicit', 'program-order'])
  checkProvenance(header.child('provenance'))
  texts(header, 'lanes')
  if (header.list('lanes').length > 0x1_0000) throw header.fail('lanes', 'at most 65536 lanes', header.list('lanes').length)
  const models = header.each('models', (model) => {
    model.onlyKeys(['id', 'layers', 'weightBytes', 'quant', 'hidden', 'vocab', 'kvBytesPerToken'])
    model.text('id')
    model.text('quant')
    model.whole('layers')
    model.whole('weightBytes')
    for (const key of ['hidden', 'vocab', 'kvBytesPerToken']) if (model.has(key)) model.whole(key)
  })
  header.each('tensors', (tensor) => {
    tensor.onlyKeys(['name', 'model', 'role', 'layer', 'bytes'])
    tensor.text('name')
    tensor.whole('model', 0, models.length - 1, 'the index of a model')
    tensor.word('role', ['weight', 'kv', 'activation'])
    tensor.whole('layer', -1)
    tensor.whole('bytes')
  })
  header.each('requests', (request) => {
    request.onlyKeys(['id', 'model', 'arrivalNs', 'promptTokens', 'outputTokens', 'batch'])
    request.text('id')
    request.whole('model', -1, models.length - 1, 'the index of a model or -1')
    for (const key of ['arrivalNs', 'promptTokens', 'outputTokens']) request.whole(key)
    if (request.has('batch')) request.whole('batch', 1)
  })
  header.each('ruleSets', (set) => {
    for (const [key, rule] of set.entries()) if (typeof rule !== 'string') throw set.fail(key, "a rule's name", rule)
  })
  const skipped = header.child('skipped')
  for (const [reason] of skipped.entries()) skipped.whole(reason)
  if (header.has('calls')) checkCalls(header.child('calls'))
  if (header.has('doubts'))
    header.each('doubts', (doubt) => {
      doubt.onlyKeys(['law', 'ops', 'ns', 'words'])
      doubt.text('law')
      doubt.text('words')
      for (const key of ['ops', 'ns']) doubt.whole(key)
    })
  if (header.has('ops')) header.whole('ops')
  if (header.has('strings')) texts(header, 'strings')
  return value as HeaderLine
}

function checkCalls(calls: Checked): void {
  const keys = ['started', 'whole', 'headless', 'unfinished', 'refused']
  calls.onlyKeys(keys)
  for (const key of keys) calls.whole(key)
}

function checkProvenance(provenance: Checked): void {
  provenance.onlyKeys(['how', ...provenanceTexts, 'unprofiled', 'emulated'])
  provenance.word('how', ['recorded', 'synthetic', 'imported'])
  provenance.text('tool')
  for (const key of provenanceTexts) if (provenance.has(key)) provenance.text(key)
  if (provenance.has('emulated') && provenance.get('emulated') !== true) throw provenance.fail('emulated', 'true, or no such field', provenance.get('emulated'))
  if (!provenance.has('unprofiled')) return
  const unprofiled = provenance.child('unprofiled')
  unprofiled.onlyKeys(['profiledStepNs', 'unprofiledStepNs'])
  for (const key of ['profiledStepNs', 'unprofiledStepNs'])
    unprofiled
      .list(key)
      .forEach((ns, i) => unprofiled.wholeOf(`${key}[${i}]`, ns, 0, Number.MAX_SAFE_INTEGER, 'whole nanoseconds'))
}

function texts(header: Checked, key: string): void {
  header.list(key).forEach((text, i) => {
    if (typeof text !== 'string') throw header.fail(`${key}[${i}]`, 'a string', text)
  })
}
