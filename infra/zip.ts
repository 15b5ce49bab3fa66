/**
 * Reads zip files: just what is needed to look into the packages that we make ourselves (no encryption, no zip64).
 *
 * Layout: APPNOTE.TXT of PKWARE, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
 */

import { inflateRawSync } from 'node:zlib'

const directoryEntry = 0x02014b50
const endOfDirectory = Buffer.from([0x50, 0x4b, 0x05, 0x06])
const stored = 0
const deflated = 8

/** A file in an archive; `mode` has its Unix permission bits. */
export interface ZippedFile {
  path: string
  mode: number
  content: Buffer
}

/** The files of an archive (folders have no entry of their own in the answer). */
export function readZip(archive: Buffer): ZippedFile[] {
  const end = archive.lastIndexOf(endOfDirectory)
  if (end < 0) throw new Error('This is no zip file')
  const files: ZippedFile[] = []
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== directoryEntry) throw new Error(`There is no directory entry at ${at}`)
    const pathLength = archive.readUInt16LE(at + 28)
    const path = archive.toString('utf8', at + 46, at + 46 + pathLength)
    if (!path.endsWith('/')) {
      const mode = (archive.readUInt32LE(at + 38) >>> 16) & 0o777
      files.push({ path, mode, content: unpacked(archive, at, path) })
    }
    at += 46 + pathLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return files
}

function unpacked(archive: Buffer, entry: number, path: string): Buffer {
  const method = archive.readUInt16LE(entry + 10)
  const local = archive.readUInt32LE(entry + 42)
  // The local header repeats the path and has an extra field of its own length.
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const packed = archive.subarray(start, start + archive.readUInt32LE(entry + 20))
  if (method === stored) return packed
  if (method === deflated) return inflateRawSync(packed)
  throw new Error(`${path} is packed by method ${method}`)
}
