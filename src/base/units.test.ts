import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseHz } from './units.js'

const units = suite('units')

units('a frequency is a number with or without its unit', () => {
  assert.equal(
    ['1.2GHz', '1200000000', '1200 MHz', ' 19.2MHz ', '32.768kHz', '32768 Hz', '1.2ghz', '0.5Hz', '1THz', '1e9', '-1GHz', '0', '0.0GHz', '1.2G', '1001GHz', '', 'fast'].map(parseHz),
    [1.2e9, 1.2e9, 1.2e9, 19.2e6, 32_768, 32_768, 1.2e9, 0.5, undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined],
  )
})

units('any whole frequency below a terahertz comes back from its text in every unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e12 }), (hz) => {
      assert.is(parseHz(String(hz)), hz)
      for (const [unit, size] of [['kHz', 3], ['MHz', 6], ['GHz', 9]] as const) {
        const digits = String(hz).padStart(size + 1, '0')
        assert.is(parseHz(`${digits.slice(0, -size)}.${digits.slice(-size)}${unit}`), hz, unit)
      }
    }),
  )
})

units.run()
