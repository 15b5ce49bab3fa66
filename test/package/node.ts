import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The Node that the functions run on: the one of the npm package `node`, whatever runs the tests. */
export const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node')
