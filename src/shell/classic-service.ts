import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type * as TypeScript from 'typescript-5';
import type {
  FilePlace,
  SignatureHint,
  SourceRange,
  TypedDescription,
  TypedItem,
  TypeProblem,
} from './language-server.ts';

type Ts = typeof TypeScript;

/** What the service can be asked; the types of the answers are those of the language server. */
export interface ClassicQuestions {
  complete: { offset: number };
  describe: { offset: number; name: string };
  hover: { at: number | FilePlace };
  signature: { offset: number };
  definitions: { offset: number };
  typeDefinitions: { at: FilePlace };
  problems: Record<string, never>;
}

/**
 * TypeScript 5 and 6, which are libraries: a language service over the files of the project and one document that is not on
 * the disk. `tsserver` would take such a document for a project of its own, with other options than the tsconfig.json.
 */
export class ClassicService {
  readonly #ts: Ts;
  readonly #file: string;
  readonly #service: TypeScript.LanguageService;
  #text = '';
  #version = 0;
  /** Counts the changes on the disk. */
  #generation = 0;

  constructor(library: string, root: string, file: string) {
    const ts = createRequire(import.meta.url)(library) as Ts;
    this.#ts = ts;
    this.#file = file;
    const config = ts.findConfigFile(dirname(file), (path) => ts.sys.fileExists(path));
    const { options, fileNames } = config ? readConfig(ts, config) : { options: defaults(ts), fileNames: [] };
    this.#service = ts.createLanguageService(this.#host({ ...options, noEmit: true }, fileNames, root));
  }

  #host(
    options: TypeScript.CompilerOptions,
    fileNames: readonly string[],
    root: string,
  ): TypeScript.LanguageServiceHost {
    const { sys } = this.#ts;
    const isDocument = (path: string): boolean => path === this.#file;
    return {
      getCompilationSettings: () => options,
      getScriptFileNames: () => [...fileNames.filter((name) => sys.fileExists(name)), this.#file],
      getScriptVersion: (path) => (isDocument(path) ? `${this.#version}` : this.#versionOf(path)),
      getScriptSnapshot: (path) => {
        const text = isDocument(path) ? this.#text : sys.readFile(path);
        return text === undefined ? undefined : this.#ts.ScriptSnapshot.fromString(text);
      },
      getProjectVersion: () => `${this.#version}.${this.#generation}`,
      getCurrentDirectory: () => root,
      getDefaultLibFileName: (settings) => this.#ts.getDefaultLibFilePath(settings),
      fileExists: (path) => isDocument(path) || sys.fileExists(path),
      readFile: (path, encoding) => (isDocument(path) ? this.#text : sys.readFile(path, encoding)),
      directoryExists: (path) => sys.directoryExists(path),
      getDirectories: (path) => sys.getDirectories(path),
      readDirectory: (path, extensions, exclude, include, depth) =>
        sys.readDirectory(path, extensions, exclude, include, depth),
      realpath: (path) => sys.realpath?.(path) ?? path,
      useCaseSensitiveFileNames: () => sys.useCaseSensitiveFileNames,
    };
  }

  /** Packages do not change while a shell runs. */
  #versionOf(path: string): string {
    if (path.includes('/node_modules/')) return '0';
    return String(this.#ts.sys.getModifiedTime?.(path)?.getTime() ?? this.#generation);
  }

  update(text: string): void {
    this.#text = text;
    this.#version += 1;
  }

  filesChanged(): void {
    this.#generation += 1;
  }

  complete({ offset }: ClassicQuestions['complete']): TypedItem[] {
    const found = this.#service.getCompletionsAtPosition(this.#file, offset, {
      includeCompletionsForModuleExports: false,
    });
    const wordStart = offset - (/[\p{ID_Continue}$#]*$/u.exec(this.#text.slice(0, offset))?.[0].length ?? 0);
    return (found?.entries ?? []).map(({ name, kind, sortText, insertText = name, replacementSpan }) => ({
      text: insertText,
      start: replacementSpan?.start ?? wordStart,
      kind: KINDS[kind] ?? kind,
      reach: sortText >= '15' ? 'global' : 'local',
      handle: { name, offset },
    }));
  }

  describe({ offset, name }: ClassicQuestions['describe']): TypedDescription | undefined {
    const none = undefined;
    const found = this.#service.getCompletionEntryDetails(this.#file, offset, name, none, none, none, none);
    return found && { signature: joined(found.displayParts), doc: joined(found.documentation) };
  }

  hover({ at }: ClassicQuestions['hover']): TypedDescription | undefined {
    const found = this.#service.getQuickInfoAtPosition(...this.#place(at));
    return found && { signature: joined(found.displayParts), doc: joined(found.documentation) };
  }

  signature({ offset }: ClassicQuestions['signature']): SignatureHint | undefined {
    const found = this.#service.getSignatureHelpItems(this.#file, offset, undefined);
    return found && toSignatureHint(found);
  }

  definitions({ offset }: ClassicQuestions['definitions']): SourceRange[] {
    return (this.#service.getDefinitionAtPosition(this.#file, offset) ?? []).map((found) => this.#range(found));
  }

  typeDefinitions({ at }: ClassicQuestions['typeDefinitions']): SourceRange[] {
    return (this.#service.getTypeDefinitionAtPosition(...this.#place(at)) ?? []).map((found) => this.#range(found));
  }

  problems(): TypeProblem[] {
    const all = [
      ...this.#service.getSyntacticDiagnostics(this.#file),
      ...this.#service.getSemanticDiagnostics(this.#file),
    ];
    return all
      .filter(({ category }) => category === this.#ts.DiagnosticCategory.Error)
      .map(({ start = 0, length = 0, code, messageText }) => ({
        start,
        end: start + length,
        code,
        message: this.#ts.flattenDiagnosticMessageText(messageText, '\n'),
      }));
  }

  /** An offset of the document, or a place of a file. */
  #place(at: number | FilePlace): [file: string, offset: number] {
    if (typeof at === 'number') return [this.#file, at];
    const source = this.#service.getProgram()?.getSourceFile(at.file);
    return [at.file, source?.getPositionOfLineAndCharacter(at.line - 1, at.column - 1) ?? 0];
  }

  #range({ fileName, textSpan, contextSpan = textSpan }: TypeScript.DefinitionInfo): SourceRange {
    const source = this.#service.getProgram()?.getSourceFile(fileName);
    const at = (offset: number): TypeScript.LineAndCharacter =>
      source?.getLineAndCharacterOfPosition(offset) ?? { line: 0, character: 0 };
    const first = at(contextSpan.start);
    const name = at(textSpan.start);
    const column = name.line === first.line ? name.character : first.character;
    const end = at(contextSpan.start + contextSpan.length);
    return { file: fileName, line: first.line + 1, column: column + 1, endLine: end.line + 1 };
  }
}

function readConfig(ts: Ts, config: string): { options: TypeScript.CompilerOptions; fileNames: string[] } {
  const { config: json = {} } = ts.readConfigFile(config, (path) => ts.sys.readFile(path)) as { config?: unknown };
  const { options, fileNames } = ts.parseJsonConfigFileContent(json, ts.sys, dirname(config));
  return { options, fileNames };
}

function defaults(ts: Ts): TypeScript.CompilerOptions {
  return {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    allowJs: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  };
}

const KINDS: Readonly<Record<string, string>> = {
  accessor: 'property',
  alias: 'variable',
  const: 'variable',
  directory: 'folder',
  'enum member': 'member',
  getter: 'property',
  let: 'variable',
  'local function': 'function',
  'local var': 'variable',
  parameter: 'variable',
  'primitive type': 'type',
  script: 'file',
  setter: 'property',
  string: 'constant',
  'type parameter': 'type',
  var: 'variable',
};

function joined(parts: readonly TypeScript.SymbolDisplayPart[] = []): string {
  return parts.map(({ text }) => text).join('');
}

function toSignatureHint({ items, selectedItemIndex, argumentIndex }: TypeScript.SignatureHelpItems): SignatureHint {
  const item = items[selectedItemIndex] ?? items[0];
  let label = joined(item?.prefixDisplayParts);
  let active: [number, number] | undefined;
  for (const [index, { displayParts }] of (item?.parameters ?? []).entries()) {
    if (index > 0) label += joined(item?.separatorDisplayParts);
    const start = label.length;
    label += joined(displayParts);
    if (index === argumentIndex) active = [start, label.length];
  }
  label += joined(item?.suffixDisplayParts);
  return { label, active, overload: [selectedItemIndex + 1, items.length] };
}
