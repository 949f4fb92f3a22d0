import { FlaconError } from '../util/errors.ts';
import type { Evaluator } from './evaluator.ts';
import type { PluginHost } from './plugin-host.ts';
import type { SessionScope } from './scope.ts';
import type { ShellTarget } from './target.ts';
import { upgradeVariables, type Upgrade } from './upgrade.ts';

/** The parts of a session that hold something of modules. */
export interface ModuleHolders {
  target: ShellTarget;
  evaluator: Evaluator;
  scope: SessionScope;
  plugins: PluginHost;
}

/**
 * Takes over modules that were evaluated just now: imports of earlier entries, instances of their classes, what plugins
 * hold. Gives a line for each problem.
 */
export async function takeModulesOver(
  files: readonly string[],
  { target, evaluator, scope, plugins }: ModuleHolders,
): Promise<Upgrade & { problems: string[] }> {
  const failed = await evaluator.refreshImports();
  const upgrade = upgradeVariables(scope, {
    modules: await importAgain(files, target),
    successor: (value) => target.successor?.(value),
  });
  const failures = await plugins.reloaded();
  const imports = failed.map((specifier) => `import '${specifier}' failed; the earlier version is still in use`);
  return { ...upgrade, problems: [...failures, ...imports] };
}

/** The modules were evaluated just now: this gives what they export. */
async function importAgain(files: readonly string[], target: ShellTarget): Promise<Record<string, unknown>[]> {
  const modules = await Promise.allSettled(files.map((file) => target.import(file)));
  return modules.flatMap((module) => (module.status === 'fulfilled' ? [module.value] : []));
}

/** Evaluates the application anew. Rejects where that is not possible, and with what was wrong with it. */
export async function evaluateAnew(target: ShellTarget): Promise<void> {
  if (!target.reload)
    throw new FlaconError('nothing to reload with', { code: 'NO_RELOAD', fix: 'leave the shell and start it again' });
  const event = await target.reload();
  if (event.kind === 'failed') throw new Error(`not reloaded: ${event.message}`);
}
