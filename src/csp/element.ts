/** What a builder accepts for an element: text, a number, a flag (`T`/`F`), children by name, or an element to copy. */
export type Content = string | number | boolean | undefined | Element | ContentTree

export interface ContentTree {
  readonly [name: string]: Content | readonly Content[]
}

/**
 * One element of a CSP message, whatever it was encoded in: a name with either text or children.
 *
 * Names are spelt as on the wire. Namespaces are not kept: the version of the message says them.
 */
export class Element {
  readonly name: string
  readonly children: readonly Element[]
  /** The text of an element without children, exactly as received; empty for one with children. */
  readonly rawText: string

  constructor(name: string, content: string | readonly Element[] = '') {
    this.name = name
    this.children = typeof content === 'string' ? [] : content
    this.rawText = typeof content === 'string' ? content : ''
  }

  /** The text without the white space around it, or undefined when there is none: an empty element counts as absent. */
  get text(): string | undefined {
    return this.rawText.trim() || undefined
  }

  /** The first child of that name. */
  child(name: string): Element | undefined {
    return this.children.find((child) => child.name === name)
  }

  /** All children of that name, in order. */
  all(name: string): Element[] {
    return this.children.filter((child) => child.name === name)
  }

  /** The element at the end of a path of names, by the first child of each. */
  find(...path: string[]): Element | undefined {
    return path.reduce<Element | undefined>((at, name) => at?.child(name), this)
  }

  /** The trimmed text of the first child of that name; undefined when absent or empty. */
  textOf(name: string): string | undefined {
    return this.child(name)?.text
  }

  /** The trimmed texts of all children of that name that have any. */
  textsOf(name: string): string[] {
    return this.all(name).flatMap((child) => child.text ?? [])
  }

  /** A flag child: `T` is true, everything else that is present is false, absent or empty is undefined. */
  flagOf(name: string): boolean | undefined {
    const text = this.textOf(name)
    return text === undefined ? undefined : text.toUpperCase() === 'T'
  }
}

/**
 * Builds an element from plain data: `element('Result', { Code: 200 })`. Undefined members are left out, arrays repeat
 * their element, booleans become `T` and `F`. The order of members does not matter: the content model orders them.
 */
export function element(name: string, content: Content = ''): Element {
  if (content instanceof Element)
    return new Element(name, content.children.length > 0 ? content.children : content.rawText)
  if (typeof content === 'boolean') return new Element(name, content ? 'T' : 'F')
  if (typeof content !== 'object') return new Element(name, String(content))
  const children: Element[] = []
  for (const [childName, value] of Object.entries(content)) {
    for (const one of Array.isArray(value) ? (value as Content[]) : [value as Content]) {
      if (one !== undefined) children.push(element(childName, one))
    }
  }
  return new Element(name, children)
}
