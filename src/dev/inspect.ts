import inspector from 'node:inspector';

/** Where a debugger can attach to the application. */
export interface InspectOptions {
  host: string;
  port: number;
  /** The application waits until one has. */
  wait: boolean;
}

const OPTION = /^--inspect(?:-|=|$)/;

/**
 * What `--inspect` has opened in this process, which has nothing to debug: it is closed, for the application's process to
 * open it. Undefined where nobody has asked for it.
 */
export function takeInspector(): InspectOptions | undefined {
  const url = inspector.url();
  if (url === undefined) return undefined;
  const { hostname, port } = new URL(url);
  inspector.close();
  const asked = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return { host: hostname, port: Number(port), wait: asked.some((option) => /^--inspect-(?:brk|wait)/.test(option)) };
}

/** Opens it here. */
export function openInspector({ host, port, wait }: InspectOptions): void {
  inspector.open(port, host, wait);
}

/** Makes room for the next process. */
export function closeInspector(): void {
  if (inspector.url() !== undefined) inspector.close();
}

/** The options of Node.js without those that open an inspector at the start. */
export function withoutInspect(options: readonly string[]): string[] {
  return options.filter((option) => !OPTION.test(option));
}
