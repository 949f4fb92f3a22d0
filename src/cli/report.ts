import { Abort, ExitRequest, UsageError } from '../command-runner.ts';
import { AppLoadError } from '../find-app.ts';
import { Interrupt } from '../prompts.ts';
import { FlaconError } from '../util/errors.ts';
import { echo, style } from '../util/terminal.ts';

/** Tells the terminal what went wrong, in as few words as help, and returns the exit code: 2 wrong usage, 1 failure. */
export async function report(error: unknown): Promise<number> {
  if (error instanceof ExitRequest) {
    if (error.message !== '') complain(`Error: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof UsageError) {
    echo(error.format(), { err: true, nl: false });
    return error.exitCode;
  }
  if (error instanceof Interrupt) return error.exitCode;
  if (error instanceof Abort) {
    echo('Aborted!', { err: true });
    return 1;
  }
  if (!(error instanceof FlaconError)) {
    echo(await describe(error), { err: true });
    return 1;
  }
  complain(`Error: ${error.message}`);
  if (error.cause !== undefined)
    echo(`\n${await describe(error.cause)}${error.fix === undefined ? '' : '\n'}`, { err: true });
  if (error.fix !== undefined) echo(`Hint: ${error.fix}`, { err: true });
  return error instanceof AppLoadError ? error.exitCode : 1;
}

/** An error of the application: what, where in its own code, and the lines around. */
async function describe(error: unknown): Promise<string> {
  const [{ readTraceback }, { formatTraceback }] = await Promise.all([
    import('../debug/traceback.ts'),
    import('../dev/report.ts'),
  ]);
  return formatTraceback(readTraceback(error), { columns: process.stderr.columns ?? 80 });
}

function complain(text: string): void {
  echo(style(text, { fg: 'red' }), { err: true });
}
