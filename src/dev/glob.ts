import { isAbsolute, relative, resolve, sep } from 'node:path';

/** Whether an absolute path is meant. */
export type PathMatcher = (path: string) => boolean;

/**
 * What `--extra-files` and `--exclude-patterns` mean, both the same: a path or glob from `cwd`, which also stands for
 * everything below it; without a slash it is the name of a file or folder anywhere. `*` and `?` stay within a name, `**`
 * does not, `[a-z]` and `{a,b}` are as in a shell.
 */
export function createMatcher(patterns: readonly string[], cwd: string): PathMatcher {
  const byName: RegExp[] = [];
  const byPath: RegExp[] = [];
  for (const pattern of patterns) {
    const text = pattern.replaceAll('\\', '/').replace(/\/+$/, '');
    if (text === '') continue;
    if (!text.includes('/')) byName.push(new RegExp(`^${globSource(text)}$`));
    else byPath.push(new RegExp(`^${absoluteSource(text, cwd)}(?:/.*)?$`, 's'));
  }
  return (path) => {
    const normal = sep === '/' ? path : path.replaceAll(sep, '/');
    if (byPath.some((expression) => expression.test(normal))) return true;
    if (byName.length === 0) return false;
    const inside = relative(cwd, path);
    const names = (inside.startsWith('..') || isAbsolute(inside) ? normal : inside).split(/[\\/]/);
    return names.some((name) => byName.some((expression) => expression.test(name)));
  };
}

/** The part of a pattern that has no glob in it, as an absolute path: where to begin to look. */
export function globBase(pattern: string, cwd: string): string {
  const names = pattern.split('/');
  const first = names.findIndex((name) => /[*?[{]/.test(name));
  return resolve(
    cwd,
    first === -1 ? pattern : names.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.'),
  );
}

function absoluteSource(pattern: string, cwd: string): string {
  if (pattern.startsWith('/') || /^[A-Za-z]:\//.test(pattern)) return globSource(pattern);
  const base = (sep === '/' ? cwd : cwd.replaceAll(sep, '/')).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `${base}/${globSource(pattern.replace(/^(?:\.\/)+/, ''))}`;
}

function globSource(glob: string): string {
  let source = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const char = glob[at] ?? '';
    if (char === '*') {
      if (glob[at + 1] !== '*') {
        source += '[^/]*';
        continue;
      }
      at += 1;
      if (glob[at + 1] === '/') {
        at += 1;
        source += '(?:.*/)?';
      } else source += '.*';
    } else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end === -1) source += '\\[';
      else {
        source += `[${glob
          .slice(at + 1, end)
          .replace(/^!/, '^')
          .replaceAll('\\', '\\\\')}]`;
        at = end;
      }
    } else if (char === '{' && glob.includes('}', at)) {
      depth += 1;
      source += '(?:';
    } else if (char === '}' && depth > 0) {
      depth -= 1;
      source += ')';
    } else if (char === ',' && depth > 0) source += '|';
    else source += char.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
  return source;
}
