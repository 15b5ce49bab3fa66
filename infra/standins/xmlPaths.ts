/**
 * Stands in for `path-expression-matcher` in the bundles.
 *
 * fast-xml-parser tells it of every element, to find nodes that it is to leave unparsed (`stopNodes`), elements that have no
 * end (`unpairedTags`) and to tell callbacks where they are. We use none of these (src/csp/xml/decode.ts); the parser's own
 * callbacks do not look at the path, and it counts the depth (`maxNestedTags`) by a stack of its own.
 */
export class Matcher {
  reset(): void {}
  push(): void {}
  pop(): void {}
  updateCurrent(): void {}

  /** Only compared with `unpairedTags`. */
  getCurrentTag(): undefined {
    return undefined
  }

  readOnly(): this {
    return this
  }

  toString(): string {
    return ''
  }
}

/** The `stopNodes`: it stays empty, and is then not looked into. */
export class ExpressionSet {
  readonly size = 0
}

/** Made for each of the `stopNodes`, of which there are none. */
export class Expression {
  constructor() {
    throw new Error('Path expressions are left out of the bundle (infra/esbuild.yml)')
  }
}
