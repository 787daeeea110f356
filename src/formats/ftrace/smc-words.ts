/** OP-TEE's SMC interface (optee_smc.h of the Linux kernel): what a0 of a begin asks, what a0 of an end says. */
export const RETURN_FROM_RPC = 0x32000003
export const THREAD_LIMIT = 1
/** Our own number, of none of OP-TEE's returns: the call sleeps in Qualcomm's wait queue until it is resumed. */
export const WAIT_QUEUE = 0xffff000f

const asked = new Map([
  [0x32000003, 'return-from-rpc'],
  [0x32000004, 'call-with-arg'],
  [0x32000012, 'call-with-rpc-arg'],
  [0x32000013, 'call-with-regd-arg'],
])
const ended = new Map([
  [0, 'done'],
  [THREAD_LIMIT, 'thread-limit'],
  [0xffff0000, 'rpc-alloc'],
  [0xffff0002, 'rpc-free'],
  [0xffff0004, 'foreign-interrupt'],
  [0xffff0005, 'rpc-command'],
  [WAIT_QUEUE, 'wait-queue'],
])

/** A fast or unknown function keeps its number. */
export const wordOfCall = (a0: number): string => asked.get(a0) ?? `smc-0x${a0.toString(16)}`
export const wordOfEnd = (a0: number): string => ended.get(a0) ?? `returned-0x${a0.toString(16)}`
/** Whether the secure world waits for the call to be resumed: the return is an RPC, a foreign interrupt included. */
export const isRpcEnd = (a0: number): boolean => a0 >= 0xffff0000 && a0 < 0xffff0010 && a0 !== 0xffff0001

/** Functions of the driver that tell what a call is for. */
export const callers: ReadonlySet<string> = new Set([
  'optee_open_session',
  'optee_invoke_func',
  'optee_close_session',
  'optee_close_session_helper',
  'optee_cancel_req',
  'optee_shm_register',
  'optee_shm_unregister',
  'optee_do_bottom_half',
  'optee_stop_async_notif',
])

/** `param=0000000070743c1f (32000013, ffff2199, 42822f00, 0, 0, 0, 0, 0)` of a begin, `param=… ret (ffff0005, 0, 0, 0)`
 *  of an end; also `args=ARRAY[13, 00, 00, 32, …]` of a raw report (little-endian bytes). */
export function parseSmc(payload: string): { param: string; registers: number[] } | undefined {
  const text = payload.slice(0, 600)
  const param = /param=\s*(?:0x)?([0-9a-f]{1,16})\b/i.exec(text)?.[1]?.toLowerCase()
  if (param === undefined) return undefined
  const list = /\(([0-9a-fx, ]+)\)/i.exec(text)?.[1]
  if (list !== undefined) return { param: param.replace(/^0+(?=.)/, ''), registers: list.split(',').map((word) => parseInt(word, 16)) }
  const raw = /(args|rets)=ARRAY\[([0-9a-f, ]+)\]/i.exec(text)
  if (raw === null) return undefined
  const bytes = raw[2]!.split(',').map((word) => parseInt(word, 16))
  const width = raw[1] === 'args' ? 4 : 8
  const registers: number[] = []
  for (let at = 0; at + width <= bytes.length; at += width)
    registers.push(bytes[at]! + bytes[at + 1]! * 2 ** 8 + bytes[at + 2]! * 2 ** 16 + bytes[at + 3]! * 2 ** 24)
  return { param: param.replace(/^0+(?=.)/, ''), registers }
}
