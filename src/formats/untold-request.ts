import type { TraceRequest } from '../trace/trace.js'

/** The one request of a file that tells of runs and of no tokens: what they read and made is unknown. */
export const untoldRequest: readonly Omit<TraceRequest, 'model'>[] = [{ id: 'request-1', arrivalNs: 0, promptTokens: 0, outputTokens: 0 }]
