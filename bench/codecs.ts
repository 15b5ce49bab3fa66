import { codecOf, type Encoding } from '../src/csp/codecs.ts'
import type { Message } from '../src/csp/message.ts'
import { type CodecMessage, codecMessages } from '../test/support/codecMessages.ts'
import { encodings } from '../test/support/encodings.ts'
import { processorTimes } from '../test/support/processorTime.ts'
import { spread, written } from './measure.ts'

/** Bytes on the wire and processor time of every encoding that has the message, and how they stand to XML. */
export const benchCodecs = (): string[][] => codecMessages.flatMap(compare)

function compare({ name, message }: CodecMessage): string[][] {
  const used = encodings.filter((encoding) => isWholeIn(encoding, message))
  const sizes = used.map((encoding) => codecOf(encoding).encode(message).length)
  const times = processorTimes(
    7,
    used.flatMap((encoding) => calls(encoding, message)),
  ).map(spread)
  return used.map((encoding, index) => {
    const decoded = times[2 * index]!
    const encoded = times[2 * index + 1]!
    return [
      index === 0 ? name : '',
      encoding,
      String(sizes[index]),
      written(decoded),
      written(encoded),
      (sizes[index]! / sizes[0]!).toFixed(2),
      (decoded.median / times[0]!.median).toFixed(2),
      (encoded.median / times[1]!.median).toFixed(2),
    ]
  })
}

/** Decoding and encoding. */
function calls(encoding: Encoding, message: Message): [() => unknown, () => unknown] {
  const codec = codecOf(encoding)
  const bytes = codec.encode(message)
  return [() => codec.decode(bytes), () => codec.encode(message)]
}

/** Plain text has a form for some primitives only, and not for all that may be in them. */
function isWholeIn(encoding: Encoding, message: Message): boolean {
  const { encode, decode } = codecOf(encoding)
  const inXml = (one: Message) => Buffer.from(codecOf('XML').encode(one))
  const bytes = encode(message)
  return bytes.length > 0 && inXml(decode(bytes)).equals(inXml(message))
}
