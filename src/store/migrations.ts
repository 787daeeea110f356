import Database from 'better-sqlite3'
import type { OpField } from '../trace/trace.js'
import { keepAllSums } from './checksums.js'

/** 'wsws': what `file` and a stranger's SQLite see in bytes 68 to 71 of a store. */
export const APPLICATION_ID = 0x77737773
export const PAGE_BYTES = 16_384

/** The op columns as they were when version 1 was written. A column that is appended to `opColumns` later comes with
 *  a migration of its own (`alter table chunk add column …`); a test holds the sum of all against `opFields`. */
const columnsOf1: readonly OpField[] = [
  'kind',
  'phase',
  'dataType',
  'processor',
  'lane',
  'request',
  'step',
  'layer',
  'type',
  'name',
  'tensor',
  'm',
  'n',
  'k',
  'startNs',
  'durationNs',
  'flops',
  'bytes',
  'rules',
]

/** Step n (0-based) brings a store from `user_version` n to n + 1. Never edited once released: appended to. */
const migrations: readonly (string | readonly [sql: string, fill: (db: Database.Database) => void])[] = [
  `create table trace (
  id integer primary key,
  hash text not null unique check (length(hash) = 64),
  name text not null unique check (name <> ''),
  ops integer not null check (ops >= 0),
  header text not null check (json_valid(header)),
  strings text not null check (json_valid(strings)),
  importedAtWallMs integer not null
) strict;
create table chunk (
  trace integer not null references trace (id) on delete cascade deferrable initially deferred,
  number integer not null check (number >= 0),
  ops integer not null check (ops > 0),
${[...columnsOf1, 'afterCount', 'afterBack'].map((field) => `  ${field} blob not null,`).join('\n')}
  primary key (trace, number)
) strict;`,

  `create view request as
select t.name as trace, r.key as requestIndex, r.value ->> 'id' as id,
  case when r.value ->> 'model' >= 0 then t.header ->> ('$.models[' || (r.value ->> 'model') || '].id') end as model,
  r.value ->> 'arrivalNs' as arrivalNs, r.value ->> 'promptTokens' as promptTokens, r.value ->> 'outputTokens' as outputTokens
from trace t, json_each(t.header, '$.requests') r;
create view tensor as
select t.name as trace, w.key as tensorIndex, w.value ->> 'name' as name,
  case when w.value ->> 'model' >= 0 then t.header ->> ('$.models[' || (w.value ->> 'model') || '].id') end as model,
  w.value ->> 'role' as role, w.value ->> 'layer' as layer, w.value ->> 'bytes' as bytes
from trace t, json_each(t.header, '$.tensors') w;`,

  `create table workload (
  id integer primary key,
  hash text not null unique check (length(hash) = 64),
  name text not null unique check (name <> ''),
  requests integer not null check (requests > 0),
  content text not null check (json_valid(content)),
  importedAtWallMs integer not null
) strict;`,

  `create table cell (
  key text primary key check (length(key) = 64),
  subject text not null,
  policy text not null,
  device text not null,
  state text not null check (state in ('done', 'refused', 'failed')),
  cellOrder text not null check (json_valid(cellOrder)),
  ttftNs real,
  tpotNs real,
  e2eNs real,
  switchNs real,
  predictedShare real,
  summary text check (summary is null or json_valid(summary)),
  windows blob,
  message text,
  finishedAtWallMs integer not null
) strict;
create table cell_tasks (
  cell text not null references cell (key) on delete cascade deferrable initially deferred,
  number integer not null check (number >= 0),
  field text not null,
  tasks integer not null check (tasks > 0),
  data blob not null,
  primary key (cell, number, field)
) strict, without rowid;
create table study (
  id integer primary key,
  hash text not null unique check (length(hash) = 64),
  name text not null unique check (name <> ''),
  kind text not null,
  spec text not null check (json_valid(spec)),
  madeAtWallMs integer not null
) strict;
create table study_cell (
  study integer not null references study (id) on delete cascade deferrable initially deferred,
  place integer not null check (place >= 0),
  key text not null,
  primary key (study, place)
) strict, without rowid;
create index study_cell_key on study_cell (key);`,

  `create table other_name (
  name text primary key check (name <> ''),
  trace integer references trace (id) on delete cascade deferrable initially deferred,
  workload integer references workload (id) on delete cascade deferrable initially deferred,
  check ((trace is null) <> (workload is null))
) strict, without rowid;`,
  [
    `create table checksum (
  what text not null check (what in ('trace', 'chunk', 'cell', 'tasks', 'study')),
  id text not null,
  sum text not null,
  primary key (what, id)
) strict, without rowid;
create trigger trace_gone after delete on trace begin delete from checksum where what = 'trace' and id = cast(old.id as text); end;
create trigger chunk_gone after delete on chunk begin delete from checksum where what = 'chunk' and id = old.trace || '/' || old.number; end;
create table merged_store (
  id integer primary key,
  file text not null,
  hash text not null check (length(hash) = 64),
  mergedAtWallMs integer not null
) strict;
create table origin (
  what text not null check (what in ('cell', 'study')),
  id text not null,
  store integer not null references merged_store (id),
  primary key (what, id)
) strict, without rowid;
create trigger cell_gone after delete on cell begin
  delete from checksum where what in ('cell', 'tasks') and id = old.key;
  delete from origin where what = 'cell' and id = old.key;
end;
create trigger study_gone after delete on study begin
  delete from checksum where what = 'study' and id = cast(old.id as text);
  delete from origin where what = 'study' and id = cast(old.id as text);
end;`,
    keepAllSums,
  ],
]

export const STORE_VERSION = migrations.length

/** Brings a store of an older version (0: a fresh file) to `to`, in one transaction of its own. The version is read
 *  again inside it: another process may have come first. */
export function migrate(db: Database.Database, to = STORE_VERSION): void {
  const step = db.transaction(() => {
    for (let version = versionOf(db); version < to; version++) apply(db, migrations[version]!)
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.pragma(`user_version = ${to}`)
  })
  if (versionOf(db) < to) step.immediate()
}

function apply(db: Database.Database, step: (typeof migrations)[number]): void {
  if (typeof step === 'string') return void db.exec(step)
  db.exec(step[0])
  step[1](db)
}

export const versionOf = (db: Database.Database): number => db.pragma('user_version', { simple: true }) as number

/** schemas/store.sql: what a fresh store holds. */
export function storeSchemaSql(): string {
  const db = new Database(':memory:')
  try {
    migrate(db)
    const made = db.prepare('select sql from sqlite_schema where sql is not null order by rowid').pluck().all() as string[]
    return [
      '-- Generated from src/store/migrations.ts; a test holds both equal.',
      `-- A chunk is up to 65 536 consecutive ops of a trace; each blob is one column as zigzag deltas in LEB128,`,
      `-- and the virtual table \`op\` of \`worldswitch sql\` decodes them.`,
      `pragma application_id = ${APPLICATION_ID};`,
      `pragma user_version = ${STORE_VERSION};`,
      ...made.map((sql) => `${sql};`),
      '',
    ].join('\n')
  } finally {
    db.close()
  }
}
