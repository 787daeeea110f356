import Synth from '../synth.js'

/** `synth trace` is `synth`. */
export default class SynthTrace extends Synth {}
