import { stripAnsi } from '../util/terminal.ts';
import { redact } from './redact.ts';
import type { LoggedEntry } from './logged-entry.ts';
import { plainText } from './spans.ts';

/** What a transcript says about its session. */
export interface ExportOptions {
  app: string;
  environment: string;
}

/** Entries with what they printed, as Markdown: as on the screen, so that pasting it into a shell runs it again. Secrets are left out. */
export function transcriptOf(entries: readonly LoggedEntry[], { app, environment }: ExportOptions): string {
  const prompt = `${app}(${environment})> `;
  const continuation = `${'...'.padStart(prompt.length - 1)} `;
  const blocks = entries.map(({ text, output, printed }) => {
    const code = redact(text.trim()).replaceAll('\n', `\n${continuation}`);
    const result = plainText(printed);
    const lines = [prompt + code, redact(stripAnsi(output)).trimEnd(), redact(result)];
    return lines.filter((line) => line !== '').join('\n');
  });
  const body = blocks.join('\n');
  // A fence that nothing inside can end.
  const fence = '`'.repeat(Math.max(3, ...[...body.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `# A session of ${app}\n\n${fence}text\n${body}\n${fence}\n`;
}
