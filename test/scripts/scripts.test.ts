import { expect, test } from 'vitest'
import { defineScripts, scripts } from './run.ts'

/** The rules whose subject exists so far, as the scripts have to cite them. */
const rules = 'S1 S2 S3 S4 R1 R2 R3 R4 R5 R5a R5b R6 R7 R8 R9 R10 R11 R12 R13 R14 R15 R16'.split(' ')

defineScripts(0)

test.each(rules)('a dialogue shows rule %s', (rule) => {
  const cited = scripts.some(({ dialogues }) => dialogues.some(({ title }) => new RegExp(`\\b${rule}\\b`).test(title)))
  expect(cited).toBe(true)
})
