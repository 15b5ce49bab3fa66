/** A list that keeps its order: found by halving, changed in place. Entries that compare as 0 are the same entry. */
export class SortedList<Entry> {
  readonly #entries: Entry[] = []
  readonly #compare: (a: Entry, b: Entry) => number

  constructor(compare: (a: Entry, b: Entry) => number) {
    this.#compare = compare
  }

  get length(): number {
    return this.#entries.length
  }

  at(index: number): Entry | undefined {
    return this.#entries[index]
  }

  slice(start?: number, end?: number): Entry[] {
    return this.#entries.slice(start, end)
  }

  /** The position of the first entry that does not come before `entry`. */
  indexFrom(entry: Entry): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#entries[middle]!, entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  has(entry: Entry): boolean {
    const index = this.indexFrom(entry)
    return index < this.#entries.length && this.#compare(this.#entries[index]!, entry) === 0
  }

  add(entry: Entry): void {
    const index = this.indexFrom(entry)
    if (index === this.#entries.length) this.#entries.push(entry)
    else if (this.#compare(this.#entries[index]!, entry) !== 0) this.#entries.splice(index, 0, entry)
  }

  delete(entry: Entry): void {
    const index = this.indexFrom(entry)
    if (index < this.#entries.length && this.#compare(this.#entries[index]!, entry) === 0) {
      this.#entries.splice(index, 1)
    }
  }
}
