// Loaded ahead of a test file by bin/test.js: properties draw the same inputs in every run, so that a failing run can be run again.
// WORLDSWITCH_TEST_SEED=random (or a number) draws others, as a test file run by hand does. Threads load it too, without tsx.
import { isMainThread } from 'node:worker_threads'

const seed = process.env.WORLDSWITCH_TEST_SEED ?? '20261201'
if (isMainThread && seed !== 'random') {
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({ seed: Number(seed) })
}
