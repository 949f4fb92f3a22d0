import { basename, relative } from 'node:path';
import { hasRequestContext, locateTemplate, renderTemplateAsync } from 'flacon';
import { TemplateError } from 'flacon/jinja';
import { definePlugin, type Shell } from 'flacon/shell';

/** `.render` and `.where`: what a template gives, and which file it is. */
export default definePlugin({
  name: 'templates',
  commands: [
    {
      name: 'render',
      usage: '.render NAME [{ context }]',
      description: 'Render a template, with values for it.',
      help: 'The context is an object of the session: .render users/mail.txt { user: users.all()[0] }\nOutside of a request (.ctx push), the request is GET /.',
      group: 'application',
      complete: (shell, args) => (/^\S*$/.test(args) ? namesOf(shell) : []),
      run: render,
    },
    {
      name: 'where',
      usage: '.where NAME',
      description: 'Where a template is looked for, which file wins, and which ones it hides.',
      group: 'application',
      complete: namesOf,
      run: showWhere,
    },
  ],
});

function namesOf({ app }: Shell): string[] {
  return app.jinjaEnv.listTemplates();
}

async function render(shell: Shell, args: string): Promise<void> {
  const [, name = '', code = ''] = /^(\S*)\s*([^]*)$/.exec(args) ?? [];
  if (name === '') throw new Error('which template? .render NAME { context }');
  const context = code === '' ? {} : await shell.evaluate(`(${code})`);
  if (typeof context !== 'object' || context === null) throw new Error(`'${code}' is no object: { name: value }`);
  const draw = (): Promise<string> => renderTemplateAsync(name, context as Record<string, unknown>);
  try {
    const text = hasRequestContext() ? await draw() : await shell.app.testRequestContext('/').run(draw);
    shell.print(text.trimEnd());
  } catch (error) {
    if (!(error instanceof TemplateError) || error.lineno === undefined) throw error;
    // The place in the template is what counts; the stack is that of the engine.
    const { filename, templateName = 'template', lineno, message, excerpt } = error;
    throw new Error(
      `${filename === undefined ? templateName : shorten(shell, filename)}:${lineno}: ${message}\n${excerpt}`,
    );
  }
}

function showWhere(shell: Shell, name: string): void {
  if (name === '') throw new Error('which template? .where NAME');
  const attempts = locateTemplate(shell.app, name);
  const winner = attempts.find(({ found }) => found);
  shell.table(
    ['#', 'LOADER', 'LOOKED AT', ''],
    attempts.map((attempt, index) => {
      const { owner, folders, file, found } = attempt;
      const places = (file === undefined ? folders : [file]).map((place) => shorten(shell, place));
      return [index + 1, owner, places.join(', '), attempt === winner ? 'used' : found ? 'hidden' : '–'];
    }),
  );
  if (winner !== undefined) return;
  const similar = namesOf(shell).filter((other) => basename(other) === basename(name));
  shell.print(`No loader has '${name}'${similar.length === 0 ? '.' : `; there is ${similar.join(', ')}.`}`);
}

function shorten({ root }: Shell, path: string): string {
  const short = relative(root, path);
  return short.startsWith('..') ? path : short;
}
