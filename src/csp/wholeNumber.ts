import { CspError } from './cspError.ts'
import type { Element } from './element.ts'

/** The whole number in a child of that name; undefined when it is absent or empty. @throws CspError 402 naming it */
export function wholeNumber(request: Element, name: string): number | undefined {
  const text = request.textOf(name)
  if (text !== undefined && !/^\d{1,10}$/.test(text)) throw new CspError(402, `${name} is no whole number`)
  return text === undefined ? undefined : Number(text)
}
