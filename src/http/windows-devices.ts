// Names that Windows opens as a device in any folder, whatever the extension.
const DEVICES = new Set([
  'AUX',
  'CON',
  'CONIN$',
  'CONOUT$',
  'NUL',
  'PRN',
  ...[...'123456789¹²³'].flatMap((digit) => [`COM${digit}`, `LPT${digit}`]),
]);

/** Whether Windows takes a file of this name for a device: `NUL`, `con.html`, `COM¹ .txt`. */
export function isWindowsDevice(name: string): boolean {
  return DEVICES.has((name.split('.', 1)[0] as string).trim().toUpperCase());
}
