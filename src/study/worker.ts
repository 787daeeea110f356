import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Starts `name` (without its ending) beside the module at `from` as a worker, without this process's own flags (`--eval` and
 *  `--input-type` would end it). Run from TypeScript sources, as tests and development do, the worker registers their loader
 *  first: it does not inherit it. */
export function startWorker(name: string, from: string, given: WorkerOptions): Worker {
  const options: WorkerOptions = { execArgv: [], ...given }
  if (!from.endsWith('.ts')) return new Worker(new URL(`${name}.js`, from), options)
  const [loader, module] = [import.meta.resolve('tsx/esm/api'), new URL(`${name}.ts`, from).href].map((url) => JSON.stringify(url))
  return new Worker(`import(${loader}).then(({ register }) => { register(); return import(${module}) })`, { ...options, eval: true })
}
