import { cpus, totalmem } from 'node:os'
import { benchBundles } from './bundles.ts'
import { benchCodecs } from './codecs.ts'
import { benchGroups } from './groups.ts'
import { benchInProcess } from './inProcess.ts'
import { benchLocalFront } from './localFront.ts'
import { benchUnits } from './units.ts'

/** Prints rows under a heading, in columns. */
function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [heads, ...rows]
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  console.log(`\n${title}`)
  for (const row of all)
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd()}`,
    )
}

console.log(
  `npm run bench on ${cpus().length} × ${cpus()[0]!.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
)
console.log(
  'Figures are median (min – max) of several rounds after one that does not count. Compare ratios, not absolute times.',
)

table(
  'Codecs',
  ['message', 'encoding', 'bytes', 'µs to decode', 'µs to encode', 'bytes: XML', 'decode: XML', 'encode: XML'],
  benchCodecs(),
)
table('In-process, one request at a time', ['transaction', 'per second', 'ms CPU each'], await benchInProcess())
table('Groups, in-process, table in memory', ['transaction', 'per second', 'ms CPU each'], await benchGroups())
table('Request units, from the budget meter', ['transaction', 'reads', 'writes', 'index writes'], await benchUnits())
table(
  'Over the local front, eight clients, embedded database in the same process',
  ['transaction', 'per second'],
  await benchLocalFront(),
)
table('Bundles', ['function', 'bytes', 'ms to load'], benchBundles())
