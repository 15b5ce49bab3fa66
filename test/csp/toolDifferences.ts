/**
 * Where libwbxml 0.11 is not of our mind, or cannot be: what it has to be given, and what comes back. `oracle.test.ts` takes
 * a message through it with all of these, and through all but one to see that each is still so.
 */
export interface Difference {
  readonly why: string
  /** The message that is compared in place of a fixture, in XML. */
  readonly given?: (xml: string) => string
  /** What comes back for it, in XML. */
  readonly returned?: (xml: string) => string
}

const renamed = (from: string, to: string) => (xml: string) =>
  xml.replace(new RegExp(`(</?)${from}(?=[ />])`, 'g'), `$1${to}`)

/** Our name and the tool's for the same token. */
const spellings: readonly (readonly [string, string])[] = [
  ['AcceptedCharSet', 'AcceptedCharset'],
  ['AutoSubscribe', 'Auto-Subscribe'],
  ['ExtendedData', 'Extended-Data'],
  ['ReferredContent', 'PreferredContent'],
  ['ReferredvCard', 'PreferredvCard'],
]

/** The tool makes WBXML of XML, and we read it. */
export const whenItWrites: readonly Difference[] = [
  ...spellings.map(([ours, its]) => ({
    why: `it knows ${ours} as ${its}, and refuses what it does not know`,
    given: renamed(ours, its),
    returned: renamed(its, ours),
  })),
  { why: 'it knows no CIRURL', given: (xml) => xml.replace(/<CIRURL>.*?<\/CIRURL>/g, '') },
]

const content = 'any content'
const encodedContent = /(<ContentEncoding>BASE64<\/ContentEncoding>(?:(?!<ContentEncoding>).)*?<ContentData>)[^<]*/g

/** We make WBXML, and the tool makes XML of it. In this order: a moment may be changed twice. */
export const whenItReads: readonly Difference[] = [
  ...spellings.map(([ours, its]) => ({ why: `it knows ${ours} as ${its}`, returned: renamed(ours, its) })),
  { why: 'it knows no CIRURL', returned: renamed('CIRURL', 'unknown') },
  {
    why: 'it has no value tokens for SSMS and SHTTP, and leaves out those that it does not know',
    returned: (xml) => xml.replace(/<SupportedCIRMethod>(?:SSMS|SHTTP)</g, '<SupportedCIRMethod><'),
  },
  {
    why: 'it takes a moment without a zone for one in universal time',
    returned: (xml) => xml.replace(/(<(?:DateTime|DeliveryTime)>\d{8}T\d{6})</g, '$1Z<'),
  },
  {
    why: 'it leaves out the seconds of a moment when they are 0',
    returned: (xml) => xml.replace(/(<(?:DateTime|DeliveryTime)>\d{8}T\d{4})00Z</g, '$1Z<'),
  },
  {
    why: 'it puts opaque content into the XML as it is, not in BASE64 again: which is XML only where the content is text',
    given: (xml) => xml.replace(encodedContent, `$1${Buffer.from(content).toString('base64')}`),
    returned: (xml) => xml.replace(encodedContent, `$1${content}`),
  },
]
