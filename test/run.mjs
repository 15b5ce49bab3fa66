// Everything that is checked, in the order in which it is quickest to see a mistake: style, types, tests.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch = mkdtempSync(join(tmpdir(), 'village-test-'))
const report = join(scratch, 'report.json')

const steps = [
  ['biome', 'node_modules/@biomejs/biome/bin/biome', 'check', '.'],
  ['types', 'node_modules/typescript/bin/tsc'],
  [
    'tests',
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...process.argv.slice(2),
  ],
]

let failed = false
for (const [name, ...command] of steps) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status === 0) continue
  failed = true
  console.error(`${name}: failed`)
  break
}

try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'))
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`)
  if (numPassedTests === 0) failed = true
} catch {
  // The tests did not get as far as a report.
}
rmSync(scratch, { recursive: true, force: true })
process.exitCode = failed ? 1 : 0
