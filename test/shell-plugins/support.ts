import type { Flacon } from '../../src/index.ts';
import type { HostFrame } from '../../src/shell/protocol.ts';
import { promptText } from '../../src/shell/prompt-marks.ts';
import { stripAnsi } from '../../src/util/terminal.ts';
import { TestHost, type TestClient } from '../shell/client-support.ts';

/** A shell with this package's plugins in an application, for one test at a time. */
export class PluginShell {
  readonly host: TestHost;
  readonly client: TestClient;

  private constructor(host: TestHost, client: TestClient) {
    this.host = host;
    this.client = client;
  }

  static async open(app: Flacon, prepare: (host: TestHost) => void = () => {}): Promise<PluginShell> {
    const host = await TestHost.start(app);
    prepare(host);
    return new PluginShell(host, await host.open());
  }

  /** What an entry writes and prints. */
  async ask(code: string): Promise<string> {
    const before = this.client.output.length;
    const printed = await this.client.show(code);
    return stripAnsi(this.client.output.slice(before) + printed).trimEnd();
  }

  /** The prompt as it is now. */
  get prompt(): string {
    const frames = this.client.frames.filter((frame) => frame.op === 'prompt');
    return promptText('blog', 'dev', frames.at(-1)?.marks ?? this.client.welcome.marks);
  }

  /** Puts another application in place, and waits until the session has taken it over; gives the notice. */
  async reload(app: Flacon): Promise<Extract<HostFrame, { op: 'notice' }>> {
    const before = this.client.frames.length;
    this.host.target.replace(app);
    return this.client.next(
      (frame): frame is Extract<HostFrame, { op: 'notice' }> =>
        frame.op === 'notice' && frame.kind === 'reloaded' && this.client.frames.indexOf(frame) >= before,
    );
  }

  close(): Promise<void> {
    return this.host.close();
  }
}
