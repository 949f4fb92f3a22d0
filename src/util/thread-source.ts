/**
 * The text of a worker thread's program, made of a function that asks for everything from the `require` it is given: so
 * it needs no file of its own. Bundlers that keep the names of functions call a helper for it, which is not there.
 */
export function threadSource(program: (require: (name: string) => unknown) => void): string {
  const text = program.toString();
  const helpers = [...new Set(text.match(/\b__name\d*\b/g))].map((name) => `const ${name} = (value) => value;`);
  return `${helpers.join('')}(${text})(require)`;
}
