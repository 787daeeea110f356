import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { microsToNs, wholeMicros, wholeNumber } from './decimal.js'

const decimals = suite('decimal times')
const bytesOf = (text: string) => {
  const buf = new TextEncoder().encode(text)
  return { buf, view: new DataView(buf.buffer) }
}
const ns = (text: string, baseUs = 0) => microsToNs(bytesOf(text), 0, text.length, baseUs)

decimals('any microseconds with up to three decimals come out as the exact nanoseconds', () => {
  const whole = fc.nat(2_000_000_000).map((n) => n * 845_000 + 17)
  fc.assert(
    fc.property(
      whole,
      fc.integer({ min: 0, max: 999 }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(8_000_000_000),
      (us, fraction, digits, backUs) => {
        const shown = String(fraction).padStart(3, '0').slice(0, digits)
        const exact = BigInt(backUs) * 1000n + BigInt(shown.padEnd(3, '0'))
        const text = digits === 0 ? `${us}` : `${us}.${shown}`
        assert.is(ns(text, us - backUs), Number(exact))
      },
    ),
  )
})

decimals('times since 1970 stay exact although their nanoseconds are beyond a double', () => {
  const base = wholeMicros(bytesOf('1689180447559362'), 0, 16)
  assert.is(base, 1689180447559362)
  assert.is(ns('1689180449563354', base), 2_003_992_000)
  assert.is(ns('1689180447559362.123', base), 123)
  assert.is(ns('1689180447559361.5', base), -500)
})

decimals('more decimals are rounded, exponents are read, signs and zeros too', () => {
  assert.is(ns('0.0004'), 0)
  assert.is(ns('0.0005'), 1)
  assert.is(ns('1.5e+3'), 1_500_000)
  assert.is(ns('-0.250'), -250)
  assert.ok(Object.is(ns('-0'), 0))
  assert.is(ns('12'), 12_000)
})

decimals('what is no such number, or cannot be exact, is NaN', () => {
  for (const text of ['', '-', '.5', '1.', '1..2', '1e', '1e400', '0x10', '1 ', '99999999999999999999', '9007199254740993'])
    assert.ok(Number.isNaN(ns(text)), text)
})

decimals('whole numbers are digits only', () => {
  const of = (text: string) => wholeNumber(bytesOf(text), 0, text.length)
  fc.assert(fc.property(fc.maxSafeNat(), fc.nat(16), (value, digits) => assert.is(of(String(value).slice(0, digits + 1)), Number(String(value).slice(0, digits + 1)))))
  for (let at = 0; at < 9; at++) for (const other of [47, 58, 0, 0xb5]) assert.ok(Number.isNaN(of(`${'12345678'.slice(0, at)}${String.fromCharCode(other)}${'9'.repeat(8 - at)}`)))
  assert.is(of('0'), 0)
  assert.is(of('9007199254740991'), 9007199254740991)
  for (const text of ['', '-1', '1.0', '9007199254740992', ' 1']) assert.ok(Number.isNaN(of(text)), text)
})

decimals.run()
