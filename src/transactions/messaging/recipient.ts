import type { Element } from '../../csp/element.ts'

/** True for a Recipient that names nobody. */
export const isNobody = (recipient: Element): boolean =>
  recipient.all('User').every((user) => user.textOf('UserID') === undefined) &&
  recipient.textsOf('ContactList').length === 0 &&
  recipient.all('Group').length === 0
