import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Bundle, bundleBudget } from '../../infra/bundles.ts'
import { node } from './node.ts'
import { packaged } from './packaged.ts'

const names = ['csp', 'login', 'keepAlive', 'polling', 'sweep']

/** What infra/standins/ and infra/trim.mjs leave out, each told by a word of its own that minifying does not change. */
const leftOut: [string, RegExp][] = [
  ['reading numbers in XML', /window\.parseInt/],
  ['entities in XML', /\[EntityDecoder\]/],
  ['paths in XML', /deep-wildcard/],
  ['SHA-256 in JavaScript', /already finished HMAC/],
  ['instance metadata', /169\.254\.169\.254|fd00:ec2::254/],
  ['shared configuration files', /AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE/],
  ['adaptive retries', /cubicThrottle/],
  ['event streams', /Int64 buffers|EventStreamCodec/],
  ["the client's package.json", /devDependencies/],
  ['errors of commands that are not used', /BackupInUseException|TableAlreadyExistsException|ImportConflictException/],
]

let bundles: Map<string, Bundle>

beforeAll(async () => {
  bundles = new Map((await packaged()).bundles.map((bundle) => [bundle.name, bundle]))
}, 60_000)

const bundle = (name: string): Bundle => bundles.get(name)!
const code = (name: string): string => bundle(name).files[0]!.content.toString()

test('XML is not made into plain objects', () => {
  expect(code('csp')).toContain('XML as plain objects is left out of the bundle')
})

test('every error is known that the commands in use may answer', () => {
  for (const error of [
    'ConditionalCheckFailedException',
    'InternalServerError',
    'InvalidEndpointException',
    'ItemCollectionSizeLimitExceededException',
    'ProvisionedThroughputExceededException',
    'ReplicatedWriteConflictException',
    'RequestLimitExceeded',
    'ResourceNotFoundException',
    'ThrottlingException',
    'TransactionConflictException',
  ]) {
    expect(code('csp')).toContain(`com.amazonaws.dynamodb#${error}`)
  }
})

test('there is one package a function', () => {
  expect([...bundles.keys()].sort()).toEqual([...names].sort())
})

describe.for(names)('the package of %s', (name) => {
  test('is one file that Lambda can read', () => {
    expect(bundle(name).files.map(({ path }) => path)).toEqual([`functions/${name}.js`])
    // Lambda runs the code as another user than the one who packed it.
    expect(bundle(name).files[0]!.mode & 0o444).toBe(0o444)
  })

  test('keeps its budget', () => {
    expect(bundle(name).bytes).toBeLessThanOrEqual(bundleBudget)
  })

  test('needs nothing but Node and the SDK of the runtime', () => {
    const required = new Set(
      [...code(name).matchAll(/\b(?:require|import)\("([^"]+)"\)/g)].map(([, module]) => module!),
    )
    expect([...required].filter((module) => !isBuiltin(module) && module !== '@aws-sdk/client-ssm')).toEqual([])
  })

  test('has none of the credential providers that do not exist in Lambda', () => {
    expect(code(name)).not.toMatch(/AssumeRoleWithWebIdentity|sso_start_url|credential_process|169\.254\.170\.2/)
  })

  test.for(leftOut)('has nothing of %s', ([, marker]) => {
    expect(code(name)).not.toMatch(marker)
  })

  test('names no path of the machine that packed it', () => {
    expect(code(name)).not.toContain(process.cwd())
  })

  test('loads as CommonJS in Node 24 and exports its handler', () => {
    const folder = mkdtempSync(join(tmpdir(), 'village-bundle-'))
    try {
      const file = join(folder, `${name}.js`)
      writeFileSync(file, code(name))
      const script = `process.stdout.write(process.version + ' ' + typeof require(${JSON.stringify(file)}).handler)`
      const env = { AWS_REGION: 'us-east-1', IMPS_TABLE: 'none' }
      expect(execFileSync(node, ['--input-type=commonjs', '-e', script], { env, encoding: 'utf8' })).toMatch(
        /^v24\.\S+ function$/,
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
