/** The User-Agent header, unparsed. */
export class UserAgent {
  readonly string: string;

  constructor(string: string) {
    this.string = string;
  }

  toString(): string {
    return this.string;
  }

  toJSON(): string {
    return this.string;
  }
}
