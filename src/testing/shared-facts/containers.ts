import { kernelFunction } from '../../formats/torch-kinds.js'
import { differs, sum, type SharedFact } from './facts.js'
import { sumsBy, top } from './llamacpp.js'

export const containerFacts: readonly SharedFact[] = [
  {
    file: 'nsys-sqlite/wan2.1-train-2xh100-before.sqlite',
    format: 'nsys-sqlite',
    reads: 'trace',
    fails(trace) {
      const { ops, strings, header } = trace
      const name = (i: number): string => strings[ops.name[i]!]!
      const isKernel = (i: number): boolean => !/^Mem(cpy|set)$/.test(name(i))
      const own = Array.from(ops.name, (_, i) => i).filter(isKernel)
      const copies = Array.from(ops.name, (_, i) => i).filter((i) => name(i) === 'Memcpy')
      const short = (i: number): string => kernelFunction(name(i)).replace(/^.*::/, '')
      const devices = [0, 1].map((device) => own.filter((i) => header.lanes[ops.lane[i]!]!.startsWith(`${device}/`)).length)
      const ends = own.map((i) => ops.startNs[i]! + ops.durationNs[i]!)
      return differs({
        kernels: [4010, own.length],
        sum: [535200650, sum(own.map((i) => ops.durationNs[i]!))],
        span: [60411390119 - 60111513113, Math.max(...ends) - Math.min(...own.map((i) => ops.startNs[i]!))],
        'per device': [[1993, 2017], devices],
        copies: [1020, copies.length],
        // Read and written.
        'bytes of copies': [2 * 8046134544, sum(copies.map((i) => ops.bytes[i]!))],
        top: [
          [
            ['flash_fwd_kernel', 272317378],
            ['elementwise_kernel', 86870224],
            ['vectorized_elementwise_kernel', 43723542],
          ],
          top(sumsBy(trace, short, isKernel), 3),
        ],
        environment: [false, /TARGET_INFO|META_DATA|_TOKEN|HOME=|PATH=/.test(JSON.stringify([header, strings]))],
      })
    },
  },
]
