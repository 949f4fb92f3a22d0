import { type CallArguments, createNode } from './nodes.ts';
import type { Parser } from './parser.ts';

/** Reads `(a, b=c, *d, **e)`. */
export function parseArguments(p: Parser): CallArguments {
  const { lineno } = p.expectToken('lparen');
  const call: CallArguments = { args: [], kwargs: [], dynArgs: null, dynKwargs: null };
  const ensure = (allowed: boolean): void => {
    if (!allowed) p.throwSyntaxError('invalid syntax for function call expression', lineno);
  };
  for (let isFirst = true; !p.test('rparen'); isFirst = false) {
    if (!isFirst) {
      p.expectToken('comma');
      if (p.test('rparen')) break;
    }
    if (p.test('mul')) {
      ensure(!call.dynArgs && !call.dynKwargs);
      p.next();
      call.dynArgs = p.parseExpression();
    } else if (p.test('pow')) {
      ensure(!call.dynKwargs);
      p.next();
      call.dynKwargs = p.parseExpression();
    } else if (p.test('name') && p.look().type === 'operator' && p.look().value === '=') {
      ensure(!call.dynKwargs);
      const key = String(p.next().value);
      p.next();
      const value = p.parseExpression();
      if (call.kwargs.some((known) => known.key === key))
        p.throwSyntaxError(`keyword argument repeated: ${key}`, value.lineno);
      call.kwargs.push(createNode('Keyword', value.lineno, { key, value }));
    } else {
      ensure(!call.dynArgs && !call.dynKwargs && call.kwargs.length === 0);
      call.args.push(p.parseExpression());
    }
  }
  p.expectToken('rparen');
  return call;
}

/** A call without arguments. */
export const noArguments = (): CallArguments => ({ args: [], kwargs: [], dynArgs: null, dynKwargs: null });
