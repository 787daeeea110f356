import { ARGS, CAT, EXTERNAL } from './kineto-matcher/layout.js'
import { KeyTable } from './key-table.js'

const args = new KeyTable(['External id', 'correlation', 'device', 'stream', 'bytes', 'Input Dims', 'Input type', 'Record function id'], EXTERNAL)

/** What is read of an event of a Kineto file, each in its slot. */
export const kinetoKeys = new KeyTable(['cat', 'name', 'ph', 'ts', 'dur', 'pid', 'tid', 'args'], CAT, ARGS, args)
