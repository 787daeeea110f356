/** The rows of the Kineto importer's spools: which column is what. Times are ns since the first event; ids are
 *  numbers of `ByteStrings`; -1 stands for none. */

/** Kernels, copies and fills on the device; sorted by correlation. */
export const gpuRow = {
  correlation: 0,
  seq: 1,
  startNs: 2,
  durationNs: 3,
  device: 4,
  stream: 5,
  name: 6,
  what: 7,
  external: 8,
  bytes: 9,
} as const
export const GPU_WIDTH = 10

/** Calls of the runtime or driver; sorted by correlation. */
export const launchRow = { correlation: 0, thread: 1, atNs: 2, external: 3, isGraph: 4 } as const
export const LAUNCH_WIDTH = 5

/** Device work with its launch; sorted by thread and time of launch. */
export const launchedRow = { thread: 0, launchNs: 1, how: 2, gpu: 3 } as const
export const LAUNCHED_WIDTH = launchedRow.gpu + GPU_WIDTH
/** `launchedRow.how`: no launch was found, one of its own, one for a whole graph. */
export const NO_LAUNCH = 0
export const LAUNCH = 1
export const GRAPH_LAUNCH = 2

/** Operators on the CPU; sorted by thread, start, length (longest first) and number, so that parents come before children. */
export const cpuRow = {
  thread: 0,
  startNs: 1,
  minusDurationNs: 2,
  external: 3,
  /** The row of `OperatorTable` with its name and cost. */
  operator: 4,
} as const
export const CPU_WIDTH = 5

/** Ops to be; sorted by start and the order of the file. */
export const opRow = {
  startNs: 0,
  seq: 1,
  durationNs: 2,
  /** Of a kernel: device and stream; of a CPU op: -1 and its thread. */
  device: 3,
  stream: 4,
  name: 5,
  what: 6,
  /** When it was launched: decides its forward pass. */
  atNs: 7,
  /** The CPU operator that launched it. */
  type: 8,
  dataType: 9,
  m: 10,
  n: 11,
  k: 12,
  flops: 13,
  bytes: 14,
  how: 15,
} as const
export const OP_WIDTH = 16

/** Bits of `opRow.how`: how the CPU operator was found, whether it gave its cost, whether the op is only an operator's time outside
 *  of those that it calls. */
export const BY_EXTERNAL_ID = 1
export const BY_CONTAINMENT = 2
export const COST_BY_DIMS = 4
export const OWN_TIME = 8
