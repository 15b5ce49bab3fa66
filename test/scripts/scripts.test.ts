import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { readScript, runDialogue } from '../support/script.ts'

const folder = import.meta.dirname
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.csp') && !/phrases\.csp$/i.test(name))
  .sort()
const scripts = files.map((name) => ({ name, dialogues: readScript(join(folder, name)) }))

/** The rules whose subject exists so far, as the scripts have to cite them. */
const rules = 'S1 S2 S3 S4 R1 R2 R3 R4 R5 R5a R5b R6 R7 R8 R9 R10 R11 R13 R14 R15 R16'.split(' ')

let dynalite: Dynalite
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

for (const { name, dialogues } of scripts) {
  describe.concurrent(name, () => {
    test.each(dialogues.map((one) => [one.title, one.version, one] as const))('%s (%s)', (_title, _version, dialogue) =>
      runDialogue(dynalite, dialogue),
    )
  })
}

test.each(rules)('a dialogue shows rule %s', (rule) => {
  const cited = scripts.some(({ dialogues }) => dialogues.some(({ title }) => new RegExp(`\\b${rule}\\b`).test(title)))
  expect(cited).toBe(true)
})
