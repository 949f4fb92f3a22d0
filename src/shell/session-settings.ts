import type { Presenter } from './presenter.ts';
import { numberSetting, switchSetting, type Setting } from './settings.ts';

/** What a session does with the values of entries, besides how they look. */
export interface ResultSettings {
  /** Whether a promise that is the value of an entry is waited for. */
  awaitResults: boolean;
}

/** What can be switched in a session. */
export function sessionSettings(results: ResultSettings, presenter: Presenter): Setting[] {
  return [
    switchSetting('await', 'Wait for a promise that is the value of an entry.', results, 'awaitResults'),
    numberSetting('depth', 'How deep objects are printed.', presenter, 'depth'),
    switchSetting('table', 'Print arrays of like objects as tables.', presenter, 'table'),
  ];
}
