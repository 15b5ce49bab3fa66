import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Dynalite, startDynalite } from '../support/dynalite.ts'
import { readScript, runDialogue } from '../support/script.ts'

const folder = import.meta.dirname
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.csp') && !/phrases\.csp$/i.test(name))
  .sort()

/** Every script and its dialogues. */
export const scripts = files.map((name) => ({ name, dialogues: readScript(join(folder, name)) }))

/** Defines the tests of every other script, in two files, so that two processors share them. @param rest 0 or 1 */
export function defineScripts(rest: 0 | 1): void {
  let dynalite: Dynalite
  beforeAll(async () => {
    dynalite = await startDynalite()
  })
  afterAll(() => dynalite.stop())

  for (const { name, dialogues } of scripts.filter((_, index) => index % 2 === rest)) {
    describe.concurrent(name, () => {
      test.each(dialogues.map((one) => [one.title, one.version, one.encoding, one] as const))(
        '%s (%s, %s)',
        (_title, _version, _encoding, dialogue) => runDialogue(dynalite, dialogue),
      )
    })
  }
}
