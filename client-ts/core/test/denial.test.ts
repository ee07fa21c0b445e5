import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

import { denialInWords, denialOfClose } from '../src/denial'
import { isPermanentClose } from '../src/reconnect'

/** The codes of the server, each with its words. */
function serverCloses(): { code: number; reason: string }[] {
  const source = readFileSync(resolve(import.meta.dirname, '../../../protocol/src/wire/close.rs'), 'utf8')
  const codes = new Map([...source.matchAll(/Self::(\w+) => (\d{4}),/g)].map(([, name, code]) => [name, Number(code)]))
  const reasons = [...source.matchAll(/Self::(\w+) => "([^"]+)",/g)]
  return reasons.map(([, name, reason = '']) => ({ code: codes.get(name) ?? 0, reason }))
}

it('a denial means the same, whether the server says it with a code or in words', () => {
  const final = serverCloses().filter(({ code }) => isPermanentClose(code))

  expect(final.length).toBeGreaterThan(4)
  for (const { code, reason } of final) expect([reason, denialInWords(reason)]).toEqual([reason, denialOfClose(code)])
})
