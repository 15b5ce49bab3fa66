/**
 * `npm run package`: makes what a deployment would upload, and holds each bundle to its budget.
 *
 * It needs neither credentials nor the network. The result lies in `.serverless/`: the CloudFormation template
 * (`cloudformation-template-update-stack.json`) and one zip a function. Arguments go on to `serverless package`, so that
 * `npm run package -- --stage prod` works.
 */

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { loadSettings } from '../src/settings.ts'
import { bundleBudget, bundles, root } from './bundles.ts'

const framework = join(dirname(createRequire(import.meta.url).resolve('osls/package.json')), 'bin/serverless.js')

// Without credentials nothing can reach an account by mistake; CI keeps the framework from asking questions.
const credential = /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|DEFAULT_PROFILE)$/
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !credential.test(name)))

checkSettings()

const { status } = spawnSync(process.execPath, [framework, 'package', ...process.argv.slice(2)], {
  cwd: root,
  env: { ...environment, CI: '1' },
  stdio: 'inherit',
})
if (status !== 0) process.exit(1)

const made = bundles()
for (const { name, bytes } of made) {
  console.log(`${name.padEnd(10)}${String(bytes).padStart(8)} bytes${bytes > bundleBudget ? ', over the budget' : ''}`)
}
if (made.some(({ bytes }) => bytes > bundleBudget)) {
  console.error(`A bundle may have ${bundleBudget} bytes (infra/bundles.ts).`)
  process.exit(1)
}

/** What the functions would refuse at their first start is refused here. Settings of a `.env` file are not seen. */
function checkSettings() {
  try {
    for (const warning of loadSettings(process.env).warnings) console.error(`Warning: ${warning}`)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
