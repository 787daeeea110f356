import { isText, no, notText, yes } from './detected.js'
import type { Format } from './format.js'

/** What Qualcomm's Genie measured of dialogs. */
export const genieProfile: Format = {
  id: 'genie-profile',
  title: 'Qualcomm Genie profile (JSON), figures that genie-t2t-run prints',
  source: 'https://docs.qualcomm.com/bundle/publicresource/80-63442-100/topics/profile_profile.md',
  content: ['rates'],
  phases: 'dialog create (load), prompt processing (prefill), token generation (decode), time to first token',
  bytes: 'none',
  runtime: 'Genie of the Qualcomm AI Runtime SDK (HTP)',
  command: 'genie-t2t-run -c genie_config.json -p "Once upon a time" --profile profile.json',
  detect({ bytes, text }) {
    if (!isText(bytes)) return notText
    if (/"Genie(?:Dialog|Pipeline|Node)_\w{1,40}"/.test(text) || /"artifact_type"\s{0,8}:\s{0,8}"GENIE_PROFILE"/.test(text)) return yes
    if (/"num-(?:prompt|generated)-tokens"\s{0,8}:/.test(text)) return yes
    // Older versions print their figures themselves.
    if (/^\s{0,8}(?:Prompt Processing|Token Generation) Time:\s{0,8}[\d.]{1,20} us,/m.test(text)) return yes
    return no('no profile of Genie')
  },
  readRates: async (source, tools) => (await import('./genie/read-genie.js')).readGenie(source, tools),
}
