/** What `serverless package` left in `.serverless/`: the functions of the template, and the one file that each is bundled to. */

import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readZip, type ZippedFile } from './zip.ts'

/**
 * What one function's bundle may have, in bytes, unzipped: a cold start reads and compiles all of it. Two thirds are the AWS
 * SDK and the XML parser; messages have brought 30 kB, groups, search and invitations 100,
 * WBXML and plain text 37.
 */
export const bundleBudget = 500_000

/** The root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where the packages and the template lie. */
export const packageFolder = join(root, '.serverless')

/** The template that a deployment would send to CloudFormation. */
export const templatePath = join(packageFolder, 'cloudformation-template-update-stack.json')

/** A packaged function. */
export interface Bundle {
  /** As in serverless.yml. */
  name: string
  /** As Lambda gets it: the module without its ending, a full stop, the export. */
  handler: string
  zip: string
  files: ZippedFile[]
  /** The bytes of the module with the handler. */
  bytes: number
}

/** Every packaged function. Throws when there is no package. */
export function bundles(): Bundle[] {
  const { Resources } = JSON.parse(readFileSync(templatePath, 'utf8'))
  const functions = Object.values<{ Type: string; Properties: { Handler: string; Code: { S3Key: string } } }>(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => ({ handler: Properties.Handler, zip: basename(Properties.Code.S3Key) }))
  return functions.map(({ handler, zip }) => {
    const files = readZip(readFileSync(join(packageFolder, zip)))
    const module = `${handler.slice(0, handler.lastIndexOf('.'))}.js`
    const found = files.find(({ path }) => path === module)
    if (!found) throw new Error(`${zip} has no ${module}`)
    return { name: basename(zip, '.zip'), handler, zip: join(packageFolder, zip), files, bytes: found.content.length }
  })
}
