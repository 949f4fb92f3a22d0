/** Options of {@link selectAutoescape}. Extensions are given with or without their dot; case does not matter. */
export interface SelectAutoescapeOptions {
  /** Extensions of templates that are escaped. Default html, htm, xml. */
  enabledExtensions?: readonly string[];
  /** Extensions of templates that are not. Default none. */
  disabledExtensions?: readonly string[];
  /** For templates made of a string. Default true. */
  defaultForString?: boolean;
  /** For everything else. Default false. */
  default?: boolean;
}

/** Makes a function for the `autoescape` option that decides by the extension of a template's name. */
export function selectAutoescape(options: SelectAutoescapeOptions = {}): (templateName: string | undefined) => boolean {
  const dotted = (extensions: readonly string[]): string[] =>
    extensions.map((e) => `.${e.toLowerCase().replace(/^\.+/, '')}`);
  const enabled = dotted(options.enabledExtensions ?? ['html', 'htm', 'xml']);
  const disabled = dotted(options.disabledExtensions ?? []);
  return (templateName) => {
    if (templateName === undefined) return options.defaultForString ?? true;
    const name = templateName.toLowerCase();
    if (enabled.some((extension) => name.endsWith(extension))) return true;
    if (disabled.some((extension) => name.endsWith(extension))) return false;
    return options.default ?? false;
  };
}
