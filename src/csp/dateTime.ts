/** A moment as the protocol writes it: `20070625T055652Z`. @param milliseconds since 1970 */
export const dateTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`
