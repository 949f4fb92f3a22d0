import { switchSetting, type Setting } from './settings.ts';

/** What can be switched in the program at the terminal, beside the settings of the session. */
export class ClientSettings {
  /** Show the value of an expression while it is typed. */
  preview = true;
  /** Show what is longer than the screen page by page. */
  pager = true;
  readonly list: readonly Setting[] = [
    switchSetting('pager', 'Show long results page by page.', this, 'pager'),
    switchSetting('preview', 'Show values while they are typed.', this, 'preview'),
  ];
}
