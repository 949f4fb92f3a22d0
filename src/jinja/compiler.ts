import { accessorFunction } from './accessor-code.ts';
import { compileExpression } from './compile-expressions.ts';
import { hasAssignments } from './compile-output.ts';
import { compileStatement } from './compile-statements.ts';
import type { CompiledCode, Compiler, CompilerInput, Dependency } from './compiler-types.ts';
import { TemplateAssertionError } from './errors.ts';
import { Frame } from './frame.ts';
import { type Expression, findAll, type Node, type NodeOf } from './nodes.ts';
import { nunjucks } from './nunjucks.ts';
import { findUndeclared } from './symbols.ts';

let compilerClass:
  (new (input: CompilerInput) => Compiler & { compileRoot(node: NodeOf<'Root'>): CompiledCode }) | undefined;

/** Makes the code of a template. Throws {@link TemplateAssertionError} for what only shows when the whole is known. */
export function generateCode(node: NodeOf<'Root'>, input: CompilerInput): CompiledCode {
  compilerClass ??= defineCompiler();
  return new compilerClass(input).compileRoot(node);
}

interface FunctionState {
  temporaries: string[];
  line: number;
}

function defineCompiler(): new (
  input: CompilerInput,
) => Compiler & { compileRoot(node: NodeOf<'Root'>): CompiledCode } {
  const { Compiler: Base } = nunjucks();
  return class JinjaCompiler extends Base implements Compiler {
    declare readonly input: CompilerInput;
    declare readonly blocks: Map<string, NodeOf<'Block'>>;
    declare readonly assigned: Set<string>[];
    declare readonly unsetParameters: Set<string>[];
    declare readonly isAsync: boolean;
    declare hasKnownExtends: boolean;
    declare extendsSoFar: number;
    declare readonly dependencies: Map<string, { variable: string; dependency: Dependency }>;
    declare readonly accessors: Map<string, string>;
    declare readonly functions: FunctionState[];

    constructor(input: CompilerInput) {
      super(input.name, false);
      this.input = input;
      this.blocks = new Map();
      this.assigned = [];
      this.unsetParameters = [];
      this.isAsync = input.mode === 'async';
      this.hasKnownExtends = false;
      this.extendsSoFar = 0;
      this.dependencies = new Map();
      this.accessors = new Map();
      this.functions = [];
    }

    fail(message: string, lineno: number): never {
      const { name: templateName, filename, source } = this.input;
      throw new TemplateAssertionError(message, { lineno, templateName, filename, source });
    }

    dependency(
      kind: Dependency['kind'],
      name: string,
      lineno: number,
      isSoft: boolean,
    ): { variable: string; fn: unknown } {
      const key = `${kind}:${name}`;
      let known = this.dependencies.get(key);
      if (!known) {
        const table = this.input.environment[kind];
        const fn: unknown = Object.hasOwn(table, name) ? table[name] : undefined;
        known = {
          variable: `${kind === 'filters' ? 'f' : 't'}${this.dependencies.size}`,
          dependency: { kind, name, fn },
        };
        this.dependencies.set(key, known);
      }
      const { fn } = known.dependency;
      if (fn === undefined && !isSoft)
        this.fail(`No ${kind === 'filters' ? 'filter' : 'test'} named '${name}'.`, lineno);
      return { variable: known.variable, fn };
    }

    accessor(name: string): string {
      let variable = this.accessors.get(name);
      if (variable === undefined) {
        variable = `a${this.accessors.size}`;
        this.accessors.set(name, variable);
      }
      return variable;
    }

    temporary(): string {
      const name = this._tmpid();
      this.functions.at(-1)?.temporaries.push(name);
      return name;
    }

    expression(node: Expression, frame: Frame): string {
      return compileExpression(this, node, frame);
    }

    override compile(node: { typename: string; lineno: number }, frame: unknown): void {
      compileStatement(this, node as Node, frame as Frame);
    }

    statements(nodes: readonly Node[], frame: Frame): void {
      for (const node of nodes) {
        this.compile(node, frame);
        // What follows is never reached: the second of two certain extends throws.
        if (node.typename === 'Extends' && this.hasKnownExtends && this.extendsSoFar > 1) return;
      }
    }

    line(lineno: number): void {
      const state = this.functions.at(-1);
      if (!state || state.line === lineno) return;
      state.line = lineno;
      this._emitLine(`L = ${lineno};`);
    }

    forgetLine(): void {
      const state = this.functions.at(-1);
      if (state) state.line = 0;
    }

    functionBody(role: string, lineno: number, body: () => void): void {
      const outer = this.codebuf;
      const state: FunctionState = { temporaries: [], line: lineno };
      this.functions.push(state);
      this.codebuf = [];
      body();
      const inner = this.codebuf.join('');
      this.codebuf = outer;
      this.functions.pop();
      this._emitLine(`let ${[`L = ${lineno}`, 'o = ""', ...state.temporaries].join(', ')};`);
      this._emitLine(this.isAsync ? 'try { context.enter();' : 'try {');
      this._emit(inner);
      this._emitLine(`} catch (e) { throw rt.traced(e, info, L, ${JSON.stringify(role)}); }`);
      if (this.isAsync) this._emitLine('finally { context.leave(); }');
    }

    enterFrame(frame: Frame, { skip }: { skip?: ReadonlySet<string> } = {}): void {
      for (const [target, load] of frame.symbols.loads) {
        if (skip?.has(target)) continue;
        if (load.kind === 'resolve') {
          this._emitLine(`let ${target} = context.lookup(${JSON.stringify(load.name)});`);
          if (this.isAsync) this._emitLine(`if (rt.isPromise(${target})) ${target} = await ${target};`);
        } else if (load.kind === 'alias') this._emitLine(`let ${target} = ${load.target};`);
        else if (load.kind === 'undefined') this._emitLine(`let ${target};`);
      }
    }

    awaited(code: string): string {
      if (!this.isAsync) return code;
      const value = this.temporary();
      return `(rt.isPromise(${value} = ${code}) ? await ${value} : ${value})`;
    }

    compileRoot(node: NodeOf<'Root'>): CompiledCode {
      for (const block of findAll(node.body, 'Block')) {
        if (this.blocks.has(block.name)) this.fail(`block '${block.name}' defined twice`, block.lineno);
        this.blocks.set(block.name, block);
      }
      this.#root(node);
      let index = 0;
      const blockNames: string[] = [];
      for (const [name, block] of this.blocks) {
        blockNames.push(`[${JSON.stringify(name)}, b${index}]`);
        this.#block(block, `b${index++}`);
      }
      this._emitLine(`return { root, blocks: new Map([${blockNames.join(', ')}]) };`);
      return {
        code: this.#prelude() + this.getCode(),
        dependencies: [...this.dependencies.values()].map(({ dependency }) => dependency),
      };
    }

    #evalContext(): { autoescape: boolean; volatile: boolean } {
      return { autoescape: this.input.environment.isAutoescaped(this.input.name), volatile: false };
    }

    #functionHead(name: string): string {
      const heads = { render: 'function', stream: 'function*', async: 'async function*' };
      return `${heads[this.input.mode]} ${name}(context) {`;
    }

    #root(node: NodeOf<'Root'>): void {
      const frame = new Frame(this.#evalContext());
      const [hasExtends] = findAll(node.body, 'Extends');
      frame.buffer = this.input.mode === 'render' ? 'o' : undefined;
      this._emitLine(this.#functionHead('root'));
      this.functionBody('top-level template code', 1, () => {
        if (findUndeclared(node.body, ['self']).has('self')) {
          this._emitLine(`let ${frame.symbols.declareParameter('self')} = new rt.TemplateReference(context);`);
        }
        frame.symbols.analyze(node);
        frame.toplevel = true;
        frame.rootlevel = true;
        frame.requireOutputCheck = hasExtends !== undefined;
        if (hasExtends) this._emitLine('let parent;');
        this.enterFrame(frame);
        this.statements(node.body, frame);
        if (hasExtends) {
          this.line(hasExtends.lineno);
          const call = `${this.input.mode === 'render' ? 'return o +' : 'yield*'} parent.code(${JSON.stringify(this.input.mode)}).root(context);`;
          this._emitLine(this.hasKnownExtends ? call : `if (parent !== undefined) ${call}`);
        }
        if (this.input.mode === 'render') this._emitLine('return o;');
      });
      this._emitLine('}');
    }

    #block(node: NodeOf<'Block'>, variable: string): void {
      const frame = new Frame(this.#evalContext());
      frame.blockFrame = true;
      frame.buffer = this.input.mode === 'render' ? 'o' : undefined;
      this._emitLine(this.#functionHead(variable));
      this.functionBody(`block '${node.name}'`, node.lineno, () => {
        const undeclared = findUndeclared(node.body, ['self', 'super']);
        if (undeclared.has('self')) {
          this._emitLine(`let ${frame.symbols.declareParameter('self')} = new rt.TemplateReference(context);`);
        }
        if (undeclared.has('super')) {
          this._emitLine(
            `let ${frame.symbols.declareParameter('super')} = context.super(${JSON.stringify(node.name)}, ${variable});`,
          );
        }
        frame.symbols.analyze(node);
        this.enterFrame(frame);
        if (hasAssignments(node.body)) {
          frame.localsName = this.temporary();
          this._emitLine(`${frame.localsName} = {};`);
        }
        this.statements(node.body, frame);
        if (this.input.mode === 'render') this._emitLine('return o;');
      });
      this._emitLine('}');
    }

    #prelude(): string {
      const lines = ['"use strict";', 'const esc = rt.escape, str = rt.str;', 'const base = Object.prototype;'];
      for (const [name, variable] of this.accessors) lines.push(accessorFunction(name, variable));
      let index = 0;
      for (const { variable } of this.dependencies.values())
        lines.push(`const ${variable} = dependencies[${index++}];`);
      return `${lines.join('\n')}\n`;
    }
  };
}
