import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Version, versions } from '../../src/csp/versions.ts'

/** One message as a phone or the service sends it, in the strict XML of the service. */
export interface Fixture {
  /** For the titles of tests: `1.2/GetPresence-Response-2`. */
  readonly name: string
  readonly version: Version
  /** The primitive that the file is named after. */
  readonly primitive: string
  readonly xml: Buffer
}

const folder = join(import.meta.dirname, '..', 'fixtures')

const read = (version: Version, file: string): Fixture => {
  const name = file.slice(0, -'.xml'.length)
  const primitive = name.replace(/-\d+$/, '')
  return { name: `${version}/${name}`, version, primitive, xml: readFileSync(join(folder, version, file)) }
}

/** All messages of `test/fixtures`. */
export const fixtures: readonly Fixture[] = versions.flatMap((version) =>
  readdirSync(join(folder, version))
    .filter((file) => file.endsWith('.xml'))
    .sort()
    .map((file) => read(version, file)),
)
