/**
 * An esbuild plugin: leaves out of the bundles what `alias` (infra/esbuild.yml) cannot, because a package imports it from itself
 * by a relative path. A file is either replaced by a stand-in that says why, or loses the lines that cannot come to use.
 *
 * A file that an update of its package renames or rewrites is bundled as it is: test/package/bundle.test.ts tells.
 */

import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))

/** Files of packages, by the end of their path, and what stands in for them. */
const standins = {
  'fast-xml-parser/src/xmlparser/node2json.js': 'xmlObjects.ts',
  '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js': 'sha256.ts',
  '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js':
    'instanceRegion.ts',
  '@smithy/core/dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js': 'sharedConfig.ts',
  '@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js': 'adaptiveRetry.ts',
  '@smithy/signature-v4/dist-es/HeaderFormatter.js': 'eventHeaders.ts',
}

/** Files of packages, by the end of their path, and what is left of their text. */
const edits = {
  // The client looks up its version there, for the User-Agent.
  '@aws-sdk/client-dynamodb/package.json': (text) => JSON.stringify({ version: JSON.parse(text).version }),
  '@aws-sdk/client-dynamodb/dist-es/schemas/schemas_0.js': withoutErrorsOfOtherCommands,
}

/**
 * Every error that Get, Put, Update, Delete, Query and Scan may answer by DynamoDB's model. The client registers those of all
 * its commands, so that none can be shaken off. One that is not registered would still be thrown under its name, as the
 * client's general exception: what decides about retries goes by the name and the HTTP status.
 */
const errors = new Set([
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
])

/** An error's schema and its registration, as they stand one below the other. */
const registeredError = /^export var (\w+)\$ = \[-3, n0, [^;]*;\nn0_registry\.registerError\(\1\$, \1\);$/gm

function withoutErrorsOfOtherCommands(text) {
  return text.replace(registeredError, (found, name) => (errors.has(name) ? found : ''))
}

/** What the table has for a file; paths have either slash. */
const entryOf = (table, path) => {
  const end = Object.keys(table).find((one) => path.replaceAll('\\', '/').endsWith(`/node_modules/${one}`))
  return end && table[end]
}

/** Matches every file of the table, and not many others: the answer for those is left to esbuild. */
const among = (table) => new RegExp(`[\\\\/](?:${Object.keys(table).map(nameOf).join('|')})$`)
const nameOf = (path) => basename(path).replace('.', '\\.')

const trim = {
  name: 'trim',
  setup(build) {
    build.onLoad({ filter: among(standins) }, async ({ path }) => {
      const standin = entryOf(standins, path)
      return standin && { contents: await readFile(join(folder, 'standins', standin), 'utf8'), loader: 'ts' }
    })
    build.onLoad({ filter: among(edits) }, async ({ path }) => {
      const edit = entryOf(edits, path)
      return edit && { contents: edit(await readFile(path, 'utf8')), loader: path.endsWith('.json') ? 'json' : 'js' }
    })
  },
}

export default [trim]
