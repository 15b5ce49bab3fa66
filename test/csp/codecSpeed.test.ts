import { expect, test } from 'vitest'
import { codecOf } from '../../src/csp/codecs.ts'
import { twoKilobytes } from '../support/codecMessages.ts'
import { processorTimes } from '../support/processorTime.ts'

/** The least time of several rounds is the one that was disturbed least. */
const least = (times: readonly number[]) => Math.min(...times)

test('a message of 2 kB takes no more processor time in WBXML than in XML, and fewer bytes', () => {
  const [xml, wbxml] = [codecOf('XML'), codecOf('WBXML')]
  const [inXml, inWbxml] = [xml.encode(twoKilobytes), wbxml.encode(twoKilobytes)]
  expect(inXml.length).toBeGreaterThan(2048 - 4)
  expect(inXml.length).toBeLessThanOrEqual(2048)
  expect(inWbxml.length).toBeLessThan(inXml.length)
  expect(wbxml.decode(inWbxml)).toEqual(xml.decode(inXml))

  const [xmlRead, xmlWritten, wbxmlRead, wbxmlWritten] = processorTimes(7, [
    () => xml.decode(inXml),
    () => xml.encode(twoKilobytes),
    () => wbxml.decode(inWbxml),
    () => wbxml.encode(twoKilobytes),
  ]).map(least) as [number, number, number, number]
  expect(wbxmlRead).toBeLessThan(xmlRead)
  expect(wbxmlRead + wbxmlWritten).toBeLessThan(xmlRead + xmlWritten)
})
