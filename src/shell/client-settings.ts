import { switchSetting, type Setting } from './settings.ts';

/** The keys of the editor. */
export type Keys = 'emacs' | 'vi';

/** What can be switched in the program at the terminal, beside the settings of the session. */
export class ClientSettings {
  #keys: Keys;
  /** Show the value of an expression while it is typed. */
  preview = true;
  /** Show what is longer than the screen page by page. */
  pager = true;
  readonly list: readonly Setting[];

  /** `keysChanged` hears of other keys. `EDITOR_MODE` says which ones there are at the start. */
  constructor(keysChanged: (keys: Keys) => void, env: NodeJS.ProcessEnv = process.env) {
    this.#keys = env['EDITOR_MODE'] === 'vi' ? 'vi' : 'emacs';
    this.list = [
      {
        name: 'keys',
        description: 'The keys of the editor.',
        values: ['emacs', 'vi'],
        get: () => this.#keys,
        set: (text) => {
          if (text !== 'emacs' && text !== 'vi') throw new Error(`'${text}' is neither emacs nor vi`);
          this.#keys = text;
          keysChanged(text);
        },
      },
      switchSetting('pager', 'Show long results page by page.', this, 'pager'),
      switchSetting('preview', 'Show values while they are typed.', this, 'preview'),
    ];
  }

  get keys(): Keys {
    return this.#keys;
  }
}
