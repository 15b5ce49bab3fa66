/** The packaged service for the tests of this folder: packaged once, whichever of them comes first. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Bundle, bundles, packageFolder, root, templatePath } from '../../infra/bundles.ts'
import { node } from './node.ts'

/** A resource of the CloudFormation template. */
export interface Resource {
  Type: string
  Condition?: string
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  DependsOn?: string | string[]
  // biome-ignore lint/suspicious/noExplicitAny: every type of resource has its own, and the tests look at them one by one
  Properties: any
}

/** The CloudFormation template. */
export interface Template {
  Resources: Record<string, Resource>
  Outputs: Record<string, { Description?: string; Value: unknown }>
  Conditions: Record<string, unknown>
}

/** What packaging makes. */
export interface Packaged {
  folder: string
  template: Template
  bundles: Bundle[]
}

/** What the packages are made of; a change in any of it makes new ones. */
const sources = ['serverless.yml', 'package-lock.json', 'functions', 'infra', 'src']

const stamp = join(packageFolder, 'sources.sha256')

let made: Promise<Packaged> | undefined

/** The packages of the sources as they are now. Takes some seconds when they are not there yet. */
export function packaged(): Promise<Packaged> {
  made ??= make()
  return made
}

async function make(): Promise<Packaged> {
  const unlock = await lock()
  try {
    const wanted = digest()
    if (wanted !== stampedDigest()) {
      rmSync(stamp, { force: true })
      await promisify(execFile)(node, [join(root, 'infra/package.mjs')], { cwd: root, env: withoutSettings() }).catch(
        (error: { stdout?: string; stderr?: string }) => {
          throw new Error(`Packaging failed\n${error.stdout}${error.stderr}`)
        },
      )
      writeFileSync(stamp, wanted)
    }
    return { folder: packageFolder, template: JSON.parse(readFileSync(templatePath, 'utf8')), bundles: bundles() }
  } finally {
    unlock()
  }
}

/** The settings that serverless.yml and its parts take from the environment, with their defaults. */
export function settingDefaults(): Record<string, string> {
  const parts = [join(root, 'serverless.yml'), ...filesUnder(join(root, 'infra'))].filter((file) =>
    file.endsWith('.yml'),
  )
  const found = parts.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\$\{env:(\w+), '([^']*)'\}/g)])
  return Object.fromEntries(found.map(([, name, value]) => [name, value]))
}

/** An operator's settings are no matter of the tests. Naming each default also goes before what a file `.env` has. */
function withoutSettings(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(IMPS|DEPLOY|AWS|SLS)_/.test(name))
  return { ...Object.fromEntries(others), ...settingDefaults() }
}

function digest(): string {
  const hash = createHash('sha256')
  for (const file of sources.flatMap((source) => filesUnder(join(root, source)))) {
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)))
}

function stampedDigest(): string | undefined {
  try {
    return readFileSync(stamp, 'utf8')
  } catch {
    return undefined
  }
}

/** Test files run in processes of their own and would package into the same folder: a folder with the owner's id is the lock. */
async function lock(): Promise<() => void> {
  const folder = join(tmpdir(), `village-package-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
  const owner = join(folder, 'owner')
  for (;;) {
    try {
      mkdirSync(folder)
      writeFileSync(owner, String(process.pid))
      return () => rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (isAbandoned(folder, owner)) rmSync(folder, { recursive: true, force: true })
      else await sleep(100)
    }
  }
}

/** A lock whose owner is gone, or never got to write its id. */
function isAbandoned(folder: string, owner: string): boolean {
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0)
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    return age > 5_000
  }
}
