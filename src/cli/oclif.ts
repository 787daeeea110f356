import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** oclif by `require`: to import CommonJS from a module, Node first reads each file with a lexer for its exports, which
 *  for oclif costs half of what starting bare Node does. Verbs take their flags and arguments from here too. */
const require = createRequire(import.meta.url)

export const { Command } = require('@oclif/core/command') as typeof import('@oclif/core/command')
export const { Config, Plugin } = require('@oclif/core/config') as typeof import('@oclif/core/config')
export const { ExitError } = require('@oclif/core/errors') as typeof import('@oclif/core/errors')
export const Args = require('@oclif/core/args') as typeof import('@oclif/core/args')
export const Flags = require('@oclif/core/flags') as typeof import('@oclif/core/flags')
export const { run: runOclif } = require('@oclif/core/run') as typeof import('@oclif/core/run')

/** At every start oclif imports a package of several modules to tell WSL from Linux: a fifth of a light verb's time,
 *  for a name that only oclif's installers use. `bench/startup` shows when this no longer helps. */
const oclifOs = require(join(dirname(require.resolve('@oclif/core/config')), '../util/os.js')) as {
  getPlatform: () => Promise<NodeJS.Platform>
}
oclifOs.getPlatform = async () => process.platform
