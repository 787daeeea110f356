import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { zlibSync } from 'fflate'
import protobuf from 'protobufjs/light.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { worldSwitches } from '../analysis/world-switches.js'
import { BadInput, UsageFault } from '../base/errors.js'
import { openSqliteFile } from '../store/sqlite-source.js'
import { nsysBytes } from '../testing/nsys-file.js'
import { perfettoBytes, perfettoPackets } from '../testing/perfetto-file.js'
import { importText, lawBroken, memorySource, memoryTools, traceFrom } from '../testing/trace-source.js'
import type { Trace } from '../trace/trace.js'
import { opKinds, phases, processorNames } from '../trace/words.js'
import { PacketsMessage } from './perfetto/messages.js'
import { checkedMapping, parseMapping } from './table/mapping.js'

const containers = suite('containers')
const rowsOf = ({ ops, strings, header }: Trace) =>
  Array.from(ops.kind, (kind, i) => [opKinds[kind]!, strings[ops.type[i]!]!, strings[ops.name[i]!]!, header.lanes[ops.lane[i]!]!, ops.startNs[i]!, ops.durationNs[i]!] as const)

const folder = mkdtempSync(join(tmpdir(), 'worldswitch-containers-'))
containers.after(() => rmSync(folder, { recursive: true, force: true }))

async function nsys(change: (db: Database.Database) => void = () => {}): Promise<Trace> {
  const path = join(folder, `${Math.abs(change.toString().length)}.sqlite`)
  const bytes = nsysBytes(change)
  writeFileSync(path, bytes)
  return importText(bytes, { openSqlite: () => Promise.resolve(openSqliteFile(path)) }, path)
}
async function refused(reading: Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await reading
  } catch (error) {
    assert.ok(error instanceof BadInput || error instanceof UsageFault, String(error))
    return assert.match((error as Error).message, message)
  }
  assert.unreachable('it was read')
}

containers('nsys: kernels with the innermost range around their launch, shapes out of its text', async () => {
  const trace = await nsys()
  assert.is(lawBroken(trace), undefined)
  assert.equal(rowsOf(trace), [
    ['matmul', 'aten::mm', 'void gemm_kernel<float>(int)', '0/7', 0, 500],
    ['copy', 'gpu_memcpy', 'Memcpy', '0/7', 600, 50],
    ['activation', 'relu_kernel', 'relu_kernel', '0/8', 700, 20],
  ])
  assert.equal([trace.ops.m[0], trace.ops.n[0], trace.ops.k[0], trace.ops.bytes[1]], [4, 16, 8, 2000])
  assert.equal(trace.header.skipped, { 'NVTX range without an end': 1 })
})

containers('nsys: a table that is a view is not read, nor one that is missing; no SQLite, no reading', async () => {
  await refused(nsys((db) => db.exec('drop table CUPTI_ACTIVITY_KIND_KERNEL; drop table CUPTI_ACTIVITY_KIND_MEMCPY; create view CUPTI_ACTIVITY_KIND_KERNEL as select * from NVTX_EVENTS')), /rows in CUPTI_ACTIVITY_KIND_KERNEL/)
  const older = await nsys((db) => db.exec('alter table NVTX_EVENTS drop column textId'))
  assert.is(rowsOf(older)[0]![1], 'aten::mm')
  await refused(nsys((db) => db.exec("update CUPTI_ACTIVITY_KIND_KERNEL set start = 'soon'")), /CUPTI_ACTIVITY_KIND_KERNEL.start: expected whole ns/)
  await refused(importText(nsysBytes()), /SQLite, which reads this kind of file/)
  const path = join(folder, 'damaged.sqlite')
  writeFileSync(path, nsysBytes().map((byte, i) => (i > 4096 && i % 3 === 0 ? 255 : byte)))
  await refused(importText(nsysBytes(), { openSqlite: () => Promise.resolve(openSqliteFile(path)) }), /a SQLite file that can be read|whole ns|rows in/)
})

containers('nsys: the GPU by its name; correlations and device numbers of one process are not those of another', async () => {
  const other = 281477392629904 + 2 ** 24
  const trace = await nsys((db) =>
    db.exec(`
      alter table CUPTI_ACTIVITY_KIND_KERNEL add column globalPid integer;
      update CUPTI_ACTIVITY_KIND_KERNEL set globalPid = 281477392629760;
      insert into CUPTI_ACTIVITY_KIND_KERNEL values (9000000001000, 9000000001400, 0, 7, 11, 2, 2, ${281477392629760 + 2 ** 24});
      insert into CUPTI_ACTIVITY_KIND_RUNTIME values (9000000000900, 9000000000910, 11, ${other}, 3);
      insert into NVTX_EVENTS values (9000000000850, 9000000000950, 59, ${other}, 'aten::relu, op_id = 3', null);
      create table TARGET_INFO_GPU (id integer, name text);
      insert into TARGET_INFO_GPU values (1, 'Another GPU'), (0, 'NVIDIA Test 100');
    `),
  )
  assert.is(trace.header.device, 'NVIDIA Test 100')
  assert.equal(rowsOf(trace).map(([, type, , lane, , ns]) => [type, lane, ns]), [
    ['aten::mm', '0/7', 500],
    ['aten::relu', '0/7 (process 2)', 400],
    ['gpu_memcpy', '0/7', 50],
    ['relu_kernel', '0/8', 20],
  ])
  assert.match(trace.header.provenance.note!, /3 streams/)
  assert.not.match(JSON.stringify(trace.header), /hunter2|SECRET/)
})

containers('perfetto: interned names, tracks, flows; slices and world switches on one clock', async () => {
  const trace = await importText(perfettoBytes())
  assert.is(lawBroken(trace), undefined)
  assert.equal(rowsOf(trace), [
    ['matmul', 'nn', 'q_proj matmul', 'NPU queue (track 5)', 0, 400],
    ['world-switch', 'done', 'call-with-regd-arg', 'task-41', 100, 250],
    ['activation', 'nn', 'silu', 'worker (track 6)', 500, 100],
  ])
  assert.equal(Array.from(trace.ops.phase, (phase) => phases[phase]), ['decode', 'other', 'other'])
  assert.equal(Array.from(trace.ops.processor, (processor) => processorNames[processor]), ['npu', 'cpu', 'cpu'])
  assert.equal([...trace.after.to], [0])
  assert.is(worldSwitches(trace)!.calls.whole, 1)
  assert.equal(trace.header.skipped, { 'event behind lost packets': 1, 'event that is no slice (instant, counter)': 1, 'gap within a pass, on a device’s track': 2 })
})

containers('perfetto: compressed packets are the same; a bomb, a cut and another tag are refused', async () => {
  const inside = PacketsMessage.encode(PacketsMessage.create({ packet: perfettoPackets() })).finish()
  const packed = PacketsMessage.encode(PacketsMessage.create({ packet: [{ compressedPackets: zlibSync(inside) }] })).finish()
  assert.is((await importText(packed)).hash, (await importText(perfettoBytes())).hash)
  const bomb = PacketsMessage.encode(PacketsMessage.create({ packet: [{ compressedPackets: zlibSync(new Uint8Array(100 << 20)) }] })).finish()
  await refused(importText(bomb), /at most 64 MiB in compressed packets/)
  await refused(importText(perfettoBytes().slice(0, -3)), /a whole message/)
  const after = protobuf.Writer.create().bytes(new Uint8Array(4)).finish()
  await refused(importText(Uint8Array.from([...perfettoBytes(), 0x12, ...after])), /the tag 10 of a message/)
})

const csv = 'kernel;op;ms;unit;kb\n"a ""quoted""\n name";MatMul;1.5;HTP;2\nblk.3.x;Softmax;0.25;GPU0;0.5\n'
const mapping = { schema: 'worldswitch-table-mapping/1', separator: ';', fields: { name: { column: 'kernel' }, type: { column: 'op' }, durationNs: { column: 'ms', unit: 'ms' }, processor: { column: 'unit', words: { GPU0: 'gpu' } }, bytes: { column: 'kb', unit: 'KiB' }, phase: { value: 'decode' } } }

containers('a table by its mapping: units, words, constants, quoted cells over lines', async () => {
  const trace = await traceFrom(memorySource(csv), { ...memoryTools, mapping: checkedMapping(mapping) }, 'csv')
  assert.equal(rowsOf(trace).map(([kind, type, name, , startNs, ns]) => [kind, type, name, startNs, ns]), [
    ['matmul', 'MatMul', 'a "quoted"\n name', 0, 1_500_000],
    ['softmax', 'Softmax', 'blk.3.x', 1_500_000, 250_000],
  ])
  assert.equal(Array.from(trace.ops.bytes), [2048, 512])
  assert.equal(Array.from(trace.ops.processor, (processor) => processorNames[processor]), ['npu', 'gpu'])
  assert.is(trace.ops.layer[1], 3)
  const lines = '{"args":{"op":"gemm"},"t":100,"cycles":3000}\n{"args":{"op":"add"},"t":50,"cycles":1500}\n'
  const json = await traceFrom(memorySource(lines), { ...memoryTools, mapping: parseMapping('name=args.op,startNs=us:t,durationNs=cycles@1.5:cycles,processor==npu') }, 'jsonl')
  assert.equal(rowsOf(json).map(([, , name, , startNs, ns]) => [name, startNs, ns]), [['add', 0, 1000], ['gemm', 50_000, 2000]])
  const clocked = (clockHz?: number) =>
    traceFrom(memorySource(lines), { ...memoryTools, mapping: parseMapping('name=args.op,startNs=us:t,durationNs=cycles:cycles'), ...(clockHz === undefined ? {} : { clockHz }) }, 'jsonl')
  await refused(clocked(), /test:1: cycles: expected a time, found "3000 cycles"; give the clock, `import FILE --clock 1\.2GHz`/)
  const given = await clocked(7.5e8)
  assert.equal([[...given.ops.durationNs], given.header.ruleSets[given.ops.rules[0]!]!['durationNs']], [[2000, 4000], 'clock-given'])
})

containers('a mapping that fits nothing says which columns there are', async () => {
  const read = (map: string, text = csv.replaceAll(';', ','), form = 'csv') => traceFrom(memorySource(text), { ...memoryTools, mapping: parseMapping(map) }, form)
  await refused(read('durationNs=ms:msec'), /test:1: durationNs: expected a column "msec".*kernel, op, ms, unit, kb/)
  await refused(read('durationNs=ms:kernel'), /test:3: kernel: expected a number of ms/)
  await refused(read('durationNs=ms:ms', '{"ms": 1}\n[2]', 'jsonl'), /test:2: expected a JSON object/)
  await refused(traceFrom(memorySource(csv), memoryTools, 'csv'), /--format csv needs --map/)
  assert.throws(() => parseMapping('name=kernel'), /no column is the duration/)
  assert.throws(() => parseMapping('duration=us:ms'), /there is no field "duration".*durationNs/)
  assert.throws(() => checkedMapping({ schema: 'x' }), /--save-map/)
  assert.throws(() => checkedMapping({ ...mapping, fields: { durationNs: { column: 'x', unit: 'hours' } } }), /unknown unit/)
})

containers.run()
