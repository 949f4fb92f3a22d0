// Version 7 of the package has no types of its own.
declare module '@babel/code-frame' {
  interface SourceLocation {
    start: { line: number; column?: number };
    end?: { line: number; column?: number };
  }
  export function codeFrameColumns(
    source: string,
    location: SourceLocation,
    options?: { linesAbove?: number; linesBelow?: number; highlightCode?: boolean; forceColor?: boolean; message?: string },
  ): string;
}
