import { Editor } from '../../src/shell/editor.ts';
import { highlight } from '../../src/shell/highlight.ts';

// What the tests of the editor run in a real terminal: it tells what was entered.
const lines: string[] = [];
const editor = new Editor({
  input: process.stdin,
  output: process.stdout,
  prompt: '\u001b[36mapp> \u001b[39m',
  highlight: (code, cursor) => highlight(code, { cursor }),
  history: { lines },
  onInterrupt: () => editor.printAbove('interrupted\n'),
});
process.on('SIGTERM', () => {
  editor.close();
  process.exit(143);
});
for (let entry = await editor.readEntry(); entry !== undefined; entry = await editor.readEntry()) {
  lines.push(entry);
  const told = entry === '.pid' ? process.pid : JSON.stringify(entry).slice(0, 60);
  editor.printAbove(`entered ${entry.split('\n').length}: ${told}\n`);
}
editor.close();
console.log('closed');
