import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** Qualcomm's QNN profile: the CSV of qnn-profile-viewer (ONNX Runtime's QNN provider writes the same), and the logs of
 *  llama.cpp's QNN backend. */
export const qnnProfile: Format = {
  id: 'qnn-profile',
  title: 'Qualcomm QNN profile (qnn-profile-viewer CSV, log of llama.cpp QNN)',
  source: 'Qualcomm AI Engine Direct SDK; https://github.com/chraac/llama.cpp',
  takes: ['model', 'quant', 'clock'],
  content: ['profile'],
  phases: 'finalize is load; executions have none',
  bytes: 'none; FLOPs by the shapes in a graph’s name',
  runtime: 'QNN (HTP), ONNX Runtime with the QNN provider, llama.cpp QNN',
  command: 'qnn-net-run --model libmodel.so --backend libQnnHtp.so --input_list in.txt --profiling_level detailed && qnn-profile-viewer --input_log output/qnn-profiling-data_0.log --output profile.csv',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/Msg Timestamp"?,\s*"?Message"?,\s*Time,\s*Unit of Measurement,\s*Timing Source,\s*Event Level/.test(text)) return yes
    if (/\bqnn_profile: \[(ROOT|\w{1,40})\]\[[^\]\n]{1,200}\] [A-Z_]{2,30} : \d+ [A-Z]+/.test(text)) return yes
    return /^.{0,80}\[profiler\]\[[^\]\n]{1,80}\]\[[^\]\n]{1,1000}\].{0,200}duration time: [\d.]+ ms/m.test(text) ? yes : no('no event of a QNN profile')
  },
  read: async (source, into, tools) => {
    const isCsv = new TextDecoder().decode(source.head).includes('Msg Timestamp')
    if (isCsv) return (await import('./qnn/read-viewer.js')).readViewer(source, into, tools)
    return (await import('./qnn/read-log.js')).readQnnLog(source, into, tools)
  },
}
