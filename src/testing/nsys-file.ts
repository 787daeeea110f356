import Database from 'better-sqlite3'

/** A small export as Nsight Systems writes it: two kernels and a copy, their launches, ranges of emit_nvtx. */
export function nsysBytes(change: (db: Database.Database) => void = () => {}): Uint8Array {
  const db = new Database(':memory:')
  db.exec(`
    create table StringIds (id integer primary key, value text);
    insert into StringIds values (1, 'void gemm_kernel<float>(int)'), (2, 'relu_kernel'), (3, 'cudaLaunchKernel'), (4, 'aten::relu, op_id = 9');
    create table CUPTI_ACTIVITY_KIND_KERNEL (start integer, end integer, deviceId integer, streamId integer, correlationId integer, demangledName integer, shortName integer);
    insert into CUPTI_ACTIVITY_KIND_KERNEL values (9000000001000, 9000000001500, 0, 7, 11, 1, 1), (9000000001700, 9000000001720, 0, 8, 99, 2, 2);
    create table CUPTI_ACTIVITY_KIND_MEMCPY (start integer, end integer, deviceId integer, streamId integer, correlationId integer, bytes integer);
    insert into CUPTI_ACTIVITY_KIND_MEMCPY values (9000000001600, 9000000001650, 0, 7, 12, 1000);
    create table CUPTI_ACTIVITY_KIND_RUNTIME (start integer, end integer, correlationId integer, globalTid integer, nameId integer);
    insert into CUPTI_ACTIVITY_KIND_RUNTIME values (9000000000500, 9000000000510, 11, 281477392629904, 3);
    create table NVTX_EVENTS (start integer, end integer, eventType integer, globalTid integer, text text, textId integer);
    insert into NVTX_EVENTS values
      (9000000000100, 9000000000900, 59, 281477392629904, 'aten::linear, seq = 1, op_id = 7', null),
      (9000000000400, 9000000000600, 59, 281477392629904, 'aten::mm, op_id = 8, sizes = [[4, 8], [8, 16]]', null),
      (9000000000950, null, 59, 281477392629904, null, 4);
    create table TARGET_INFO_SYSTEM_ENV (name text, value text);
    insert into TARGET_INFO_SYSTEM_ENV values ('SECRET_TOKEN', 'hunter2');
  `)
  change(db)
  const bytes = new Uint8Array(db.serialize())
  db.close()
  return bytes
}
