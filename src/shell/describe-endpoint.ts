import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { methodsOf } from '../routing/rule-methods.ts';
import { commentAbove } from './comment-above.ts';
import type { SourceRange } from './language-server.ts';
import { endpointRange, functionRange } from './locate.ts';
import type { ShellTarget } from './target.ts';

/** An endpoint, for `.doc`. */
export interface EndpointDescription {
  /** Its rules, in the order in which they are tried. */
  rules: { methods: string[]; rule: string }[];
  /** Where it was registered; missing for code without a file. */
  range?: SourceRange;
  /** The comment above that, or else above its function, without its marks; empty if there is none. */
  doc: string;
}

/** What is known of an endpoint; undefined for a name that is none. */
export function describeEndpoint(target: ShellTarget, name: string): EndpointDescription | undefined {
  const app = target.app();
  const rules = [...(app?.urlMap.iterRules(name) ?? [])];
  if (!app || rules.length === 0) return undefined;
  const range = endpointRange(target, name);
  return {
    rules: rules.map((rule) => ({ methods: methodsOf(rule, methodsOf(rule).length === 0), rule: rule.rule })),
    ...(range && { range }),
    doc: commentOf(range) || commentOf(ownRange(target, functionRange(target, app.viewFunctions[name]))),
  };
}

/** A view that something else was made of, such as a decorator, has no comment about itself where that is. */
function ownRange({ root }: ShellTarget, range: SourceRange | undefined): SourceRange | undefined {
  const path = range && relative(root, range.file).split(sep);
  return path === undefined || path[0] === '..' || path.includes('node_modules') ? undefined : range;
}

function commentOf(range: SourceRange | undefined): string {
  return range ? commentAbove(readFileSync(range.file, 'utf8'), range.line) : '';
}
