/**
 * The events that a session of 1.3 can subscribe to (2.2.9). The place of a code is its bit in the stored set, so codes
 * are only ever added at the end.
 */
const codes = [
  // Contact lists: created, changed, deleted. Authorisation changed: who may see which presence attributes.
  ...(['CLCR', 'CLC', 'CLD', 'AC'] as const),
  // Block list and grant list: entries, and whether they are in use.
  ...(['BLC', 'BLUC', 'GLC', 'GLUC'] as const),
  // The public profile. Invitations: accepted, rejected, cancelled.
  ...(['PPU', 'IA', 'IR', 'IC'] as const),
  // Groups: created, deleted, removed; members, their access; membership granted, revoked.
  ...(['GC', 'GD', 'GR', 'GMU', 'GMAU', 'GMG', 'GMR'] as const),
] as const

export type NotificationType = (typeof codes)[number]

/** Events as a set of bits. */
export type NotificationSet = number

export const noNotifications: NotificationSet = 0

const bits: ReadonlyMap<string, NotificationSet> = new Map(codes.map((code, index) => [code, 1 << index]))

/** The set of one event; none for a code that is never sent here, or is no code at all. */
export const notificationBit = (code: string): NotificationSet => bits.get(code) ?? noNotifications

export const includes = (set: NotificationSet | undefined, type: NotificationType): boolean =>
  ((set ?? noNotifications) & notificationBit(type)) !== noNotifications

/** The codes of a set. */
export const notificationsOf = (set: NotificationSet | undefined): NotificationType[] =>
  codes.filter((code) => includes(set, code))

/** Sent to every session that takes it, subscribed to or not: somebody asks to be authorised. */
export const alwaysSent = 'ANU'

/** In a subscription: none of them. */
export const doNotNotify = 'DONOTNOTIFY'
