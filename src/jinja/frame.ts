import { Symbols } from './symbols.ts';

/** Whether output is escaped at a point of a template; `volatile` where that is decided when the template runs. */
export interface CompileEvalContext {
  autoescape: boolean;
  volatile: boolean;
}

/** What the compiler knows of the piece of a template that it is in. */
export class Frame {
  evalContext: CompileEvalContext;
  readonly parent: Frame | undefined;
  symbols: Symbols;
  /** Variable that output is added to; undefined where it is yielded. */
  buffer: string | undefined;
  /** Whether output depends on the template not having extended another one by then. */
  requireOutputCheck: boolean;
  /** The template's own level, ifs included. */
  toplevel = false;
  /** The template's own level, without ifs. */
  rootlevel = false;
  loopFrame = false;
  blockFrame = false;
  /** Inside of an if: an unknown filter is an error only if it is used. */
  soft = false;
  /** Whether break and continue have a loop to act on. */
  inLoop: boolean;
  /** Variable that holds what is set in this loop or block, for functions that get the context. */
  localsName: string | undefined;

  constructor(evalContext: CompileEvalContext, parent?: Frame, level?: number) {
    this.evalContext = evalContext;
    this.parent = parent;
    this.symbols = new Symbols(parent?.symbols, level);
    this.buffer = parent?.buffer;
    this.inLoop = parent?.inLoop ?? false;
    this.requireOutputCheck = parent?.requireOutputCheck ?? false;
  }

  inner(): Frame {
    return new Frame(this.evalContext, this);
  }

  /** The same frame inside of an if. */
  softened(): Frame {
    const copy = Object.assign(Object.create(Frame.prototype) as Frame, this);
    copy.symbols = this.symbols.copy();
    copy.rootlevel = false;
    copy.soft = true;
    return copy;
  }
}
