/** WBXML's own tokens (WBXML 1.3, section 7.1), in whatever code page they stand. */
export const SWITCH_PAGE = 0x00
export const END = 0x01
export const ENTITY = 0x02
export const STR_I = 0x03
export const LITERAL = 0x04
export const EXT_I_0 = 0x40
export const EXT_I_2 = 0x42
export const PI = 0x43
export const LITERAL_C = 0x44
export const EXT_T_0 = 0x80
export const EXT_T_2 = 0x82
export const STR_T = 0x83
export const LITERAL_A = 0x84
export const EXT_0 = 0xc0
export const EXT_2 = 0xc2
export const OPAQUE = 0xc3
export const LITERAL_AC = 0xc4

/** The bits of a tag that say whether attributes and content follow. */
export const withAttributes = 0x80
export const withContent = 0x40

/** The version of WBXML that is sent: 1.3. */
export const wbxmlVersion = 0x03

/** The number of UTF-8 in the registry of character sets (MIBenum). */
export const utf8Charset = 106
