/**
 * One function for every attribute name, so that the engine can optimise each. It answers at once for data that is there;
 * methods, dictionaries' methods and everything absent go the long way. What every object inherits never gets out.
 */
export function accessorFunction(name: string, variable: string): string {
  const key = JSON.stringify(name);
  // Texts marked as safe have a length in JavaScript, but not in Jinja.
  if (name in Object.prototype || name === 'prototype' || name === 'length')
    return `const ${variable} = (x) => rt.getAttribute(x, ${key});`;
  return `function ${variable}(x) {
  if (typeof x === "object" && x !== null) {
    const v = x[${key}];
    if (v !== undefined && typeof v !== "function" && base[${key}] === undefined) return v;
  }
  return rt.getAttribute(x, ${key});
}`;
}
