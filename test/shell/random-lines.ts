/** Numbers that are the same in every run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const WORDS = [
  ...'(){}[]`"\'/*=;,:?!<>+-&|^~.@#%$\\',
  '=>',
  '...',
  '${',
  '?.',
  '\n',
  '\t',
  ' ',
  '\u0000',
  '\u0007',
  '\u007f',
  '\u009b',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\u001b[31m',
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b[200~',
  '\u001b[201~',
  '\u001b[A',
  '\u001b[999C',
  '\u001bP',
  '😀',
  'é',
  '日本',
  'a\u0301',
  'await ',
  'const ',
  'let ',
  'var ',
  'class ',
  'function ',
  'async ',
  'return ',
  'throw ',
  'new ',
  'import ',
  'export ',
  'enum ',
  'type ',
  'of ',
  'in ',
  'a',
  'b',
  '1',
  '0x',
  '1n',
  'null',
  '.help',
  '.ls',
  '.5',
  'x'.repeat(500),
];

/** A line of signs and words that make sense together by accident only. */
export function randomLine(random: (below: number) => number): string {
  switch (random(10)) {
    case 0:
      // Binary.
      return Buffer.from(Array.from({ length: 1 + random(60) }, () => random(256))).toString('latin1');
    case 1:
      return VALID[random(VALID.length)] ?? '';
    default:
      return Array.from({ length: 1 + random(12) }, () => WORDS[random(WORDS.length)]).join('');
  }
}

const VALID = [
  'const a = 1, b = [a]',
  'throw new Error("no")',
  'await Promise.reject(new TypeError("no"))',
  'class A { #x = 1; get x() { return this.#x } }; new A()',
  'Object.create(null)',
  'new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })',
  '({ get [Symbol.toStringTag]() { throw 3 } })',
  '({ toString: null, inspect() { throw 4 }, [Symbol.for("nodejs.util.inspect.custom")]() { throw 5 } })',
  'const o = {}; o.o = o; o',
  '"\\u001b[2J\\u001b[?1049h\\u0007"',
  'console.log("\\u001b[31mred", "\\u0000")',
  '[...Array(500).keys()]',
  '"x".repeat(1e5)',
  'setTimeout(() => { throw new Error("later") })',
  'void Promise.reject(null)',
  'queueMicrotask(() => { throw undefined })',
  'process.emitWarning("careful")',
  'Error.prepareStackTrace = () => { throw 6 }; delete Error.prepareStackTrace',
  'function f() { f() }; f()',
  'Symbol("s")',
  '.routes',
  '.nothing',
  '.context',
];
