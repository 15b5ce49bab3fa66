import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleBudget, bundles, root } from '../infra/bundles.ts'
import { spread, written } from './measure.ts'

const load = `const before = performance.now(); require(process.argv[1]); process.stdout.write(String(performance.now() - before) + '\\n'); process.exit()`

/** Bytes of each function's bundle, and milliseconds to load it in a fresh process: the larger part of a cold start. */
export function benchBundles(): string[][] {
  execFileSync(process.execPath, [join(root, 'infra/package.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const folder = mkdtempSync(join(tmpdir(), 'village-bench-'))
  try {
    return bundles().map(({ name, bytes, handler, files }) => {
      const module = `${handler.slice(0, handler.lastIndexOf('.'))}.js`
      const path = join(folder, `${name}.cjs`)
      writeFileSync(path, files.find((file) => file.path === module)!.content)
      const times = Array.from({ length: 7 }, () => loadTime(path))
      return [name, `${bytes} of ${bundleBudget}`, written(spread(times))]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function loadTime(path: string): number {
  const environment = {
    IMPS_TABLE: 'village',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
  }
  const lines = execFileSync(process.execPath, ['-e', load, path], { env: environment, encoding: 'utf8' })
    .trim()
    .split('\n')
  return Number(lines.at(-1))
}
