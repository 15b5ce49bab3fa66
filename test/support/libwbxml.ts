import { execFile, spawnSync } from 'node:child_process'
import type { Version } from '../../src/csp/versions.ts'

/** Why nothing can be compared with libwbxml; undefined when its tools are there. */
export const missingTools: string | undefined = ['xml2wbxml', 'wbxml2xml'].every(
  (tool) => spawnSync(tool, ['-h']).error === undefined,
)
  ? undefined
  : 'libwbxml2-utils is not installed: not compared'

/** By its DTD alone the tool knows what a document is. It has none of 1.3. */
const identifiers: Readonly<Record<string, string>> = {
  '1.1': '-//OMA//DTD WV-CSP 1.1//EN',
  '1.2': '-//OMA//DTD WV-CSP 1.2//EN',
}

/** XML as the tool writes it in WBXML, white space kept. @param options of xml2wbxml @throws Error when it cannot */
export function xmlToWbxml(xml: string, version: Version, ...options: string[]): Promise<Buffer> {
  const doctype = `<!DOCTYPE WV-CSP-Message PUBLIC "${identifiers[version]}" "WV-CSP.DTD">`
  return convert('xml2wbxml', [...options, '-k', '-o', '-', '-'], Buffer.from(xml.replace('?>', `?>${doctype}`)))
}

/** WBXML as the tool reads it, in XML with no other white space than is in it. @throws Error when it cannot */
export const wbxmlToXml = (wbxml: Uint8Array, version: Version): Promise<Buffer> =>
  convert('wbxml2xml', ['-k', '-m', '0', '-l', `CSP${version.replace('.', '')}`, '-o', '-', '-'], wbxml)

function convert(tool: string, options: readonly string[], input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(tool, options, { encoding: 'buffer' }, (error, output, said) => {
      if (error || output.length === 0) reject(new Error(`${tool}: ${said.toString('utf8').trim()}`))
      else resolve(output)
    })
    // What it does not care to read is no matter of ours: it says what it did not like.
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
  })
}
