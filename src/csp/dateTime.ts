/** A moment as the protocol writes it: `20070625T055652Z`. @param milliseconds since 1970 */
export const dateTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`

/** True for a moment as the protocol writes it, with or without seconds and the `Z` of universal time. */
export function isDateTime(text: string): boolean {
  const [, year, month, day, hour, minute, second = '00'] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?Z?$/.exec(text) ?? []
  if (year === undefined) return false
  const moment = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  // 31 April is taken for 1 May.
  return !Number.isNaN(moment.getTime()) && moment.getUTCDate() === Number(day)
}
