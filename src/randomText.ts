/**
 * Text that nobody can guess, for ids and secrets: BASE64 in the alphabet of URLs, four characters for three bytes.
 *
 * @param random from a cryptographic source
 */
export const randomText = (random: (bytes: number) => Uint8Array, bytes: number): string =>
  Buffer.from(random(bytes)).toString('base64url')
