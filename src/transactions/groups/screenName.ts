import type { Element } from '../../csp/element.ts'

/** The screen name that a request asks for: `ScreenName/SName`; the text alone is taken as well. */
export const screenNameIn = (request: Element): string | undefined => {
  const name = request.child('ScreenName')
  return name?.textOf('SName') ?? name?.text
}
