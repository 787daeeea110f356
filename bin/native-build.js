// How packages with native code are installed here: by setup, and by verify for the packed tarball. Node's modules only.
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Nothing is fetched but npm's packages: native code is built with the headers of the Node that runs. */
export function buildEnv() {
  return {
    ...process.env,
    npm_config_nodedir: headersPrefix(),
    npm_config_build_from_source: 'true',
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    JOBS: 'max', // node-gyp's: compile on every core
  }
}

function headersPrefix() {
  const prefixes = [process.env.npm_config_nodedir, dirname(dirname(realpathSync(process.execPath)))]
  const found = prefixes.find((prefix) => prefix && existsSync(join(prefix, 'include/node/node.h')))
  if (found !== undefined) return found
  const where = join(prefixes[1], 'include/node')
  return stop(
    `no Node headers at ${where}: use a Node that brings them (the archives of nodejs.org do), ` +
      'or set npm_config_nodedir to a folder that holds include/node/node.h',
  )
}

export function stop(line) {
  console.error(line)
  process.exit(1)
}
