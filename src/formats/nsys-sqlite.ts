import { BadInput } from '../base/errors.js'
import { no, notSqlite, startsWith, yes } from './detected.js'
import type { Format } from './format.js'

const SQLITE = [...'SQLite format 3'].map((char) => char.charCodeAt(0))

/** Nsight Systems' export to SQLite: kernels and copies, launched within NVTX ranges. */
export const nsysSqlite: Format = {
  id: 'nsys-sqlite',
  title: 'Nsight Systems export (SQLite)',
  source: 'https://docs.nvidia.com/nsight-systems/ (SQLite schema reference)',
  takes: ['graph', 'model', 'quant'],
  content: ['timeline'],
  phases: 'NVTX annotations of vLLM and SGLang, else rows of the matmuls; none in training',
  bytes: 'sizes in NVTX ranges (emit_nvtx with record_shapes), with them the model, its layers and weights; bytes of copies',
  runtime: 'Nsight Systems; PyTorch with torch.autograd.profiler.emit_nvtx',
  command: 'nsys profile -t cuda,nvtx -o run python run.py && nsys export --type sqlite run.nsys-rep',
  detect({ bytes }) {
    if (!startsWith(bytes, SQLITE)) return notSqlite
    return new TextDecoder('latin1').decode(bytes).includes('CUPTI_ACTIVITY_KIND_') ? yes : no('no activity tables of Nsight Systems')
  },
  async read(source, into, tools) {
    if (tools.openSqlite === undefined)
      throw new BadInput({ file: source.name, byteOffset: 0 }, 'SQLite, which reads this kind of file', 'none in this place', 'import it with the worldswitch command')
    const db = await tools.openSqlite(source)
    try {
      return (await import('./nsys/read-nsys.js')).readNsys(db, source, into, tools)
    } finally {
      db.close()
    }
  },
}
