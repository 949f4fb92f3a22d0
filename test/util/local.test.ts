import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as tick } from 'node:timers/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FlaconError } from '../../src/util/errors.ts';
import {
  createProxy,
  describeProxy,
  getCurrentObject,
  Local,
  LocalProxy,
  LocalStack,
  releaseLocal,
  runIsolated,
} from '../../src/util/local.ts';

class Account {
  static kind(): string {
    return 'account';
  }
  #balance = 10;
  owner = 'anna';
  requestClass = Account;
  get balance(): number {
    return this.#balance;
  }
  set balance(value: number) {
    this.#balance = value;
  }
  deposit(amount: number): this {
    this.#balance += amount;
    return this;
  }
  *entries(): Generator<number> {
    yield this.#balance;
  }
}

interface Described {
  code?: string;
  fix?: string;
}

function unboundError({ code = 'UNBOUND', fix }: Described = {}): FlaconError {
  return new FlaconError('Working outside of an account.\n\nMore words.', { code, fix });
}

function bound<T extends object>(object: T): T {
  return createProxy(
    () => object,
    () => unboundError(),
    'account',
  );
}

describe('createProxy', () => {
  it('reads, writes and calls what uses private fields', () => {
    const account = new Account();
    const proxy = bound(account);
    expect(proxy.balance).toBe(10);
    proxy.balance = 20;
    expect(account.balance).toBe(20);
    expect(proxy.deposit(5)).toBe(account);
    expect([...proxy.entries()]).toEqual([25]);
    const { deposit } = proxy;
    deposit.call(undefined as never, 5);
    expect(account.balance).toBe(30);
  });

  it('answers in, keys, delete, instanceof and spreading from the object', () => {
    const account = new Account();
    const proxy = bound<Partial<Account>>(account);
    expect('owner' in proxy).toBe(true);
    expect('nobody' in proxy).toBe(false);
    expect(Object.keys(proxy)).toEqual(['owner', 'requestClass']);
    expect({ ...proxy }.owner).toBe('anna');
    expect(proxy).toBeInstanceOf(Account);
    delete proxy.owner;
    expect('owner' in account).toBe(false);
    Object.defineProperty(proxy, 'added', { value: 1, configurable: true, enumerable: true });
    expect(Object.keys(account)).toContain('added');
  });

  it('gives stored functions and classes as they are', () => {
    const stored = Object.assign(() => 1, { cache: true });
    const proxy = bound({ stored, account: new Account() });
    expect(proxy.stored).toBe(stored);
    const account = bound(new Account());
    expect(account.requestClass).toBe(Account);
    expect(account.constructor).toBe(Account);
    class Base {}
    class Holder {}
    Object.defineProperty(Holder.prototype, 'base', { value: Base });
    expect((bound(new Holder()) as { base?: unknown }).base).toBe(Base);
  });

  it('is called and constructed if asked for', () => {
    const add = createProxy<(a: number, b: number) => number>(
      () => (a, b) => a + b,
      () => unboundError(),
      'add',
      { callable: true },
    );
    expect(add(1, 2)).toBe(3);
    const Class = createProxy(
      () => Account,
      () => unboundError(),
      'Class',
      { callable: true },
    );
    expect(new Class().owner).toBe('anna');
    expect(Class.kind()).toBe('account');
    const wrong = createProxy<() => void>(
      () => ({}) as () => void,
      () => unboundError(),
      'wrong',
      { callable: true },
    );
    expect(() => wrong()).toThrow('wrong is not a function');
  });

  it('prints the object, at the depth asked for', () => {
    const proxy = bound({ a: { b: { c: { d: 1 } } } });
    expect(inspect(proxy)).toBe(inspect({ a: { b: { c: { d: 1 } } } }));
    expect(inspect({ proxy: bound(new Account()) })).toContain(
      "Account { owner: 'anna', requestClass: [class Account] }",
    );
  });

  it('follows the current object', () => {
    const storage = new AsyncLocalStorage<Account>();
    const proxy = createProxy(
      () => storage.getStore(),
      () => unboundError(),
      'account',
    );
    const [first, second] = [new Account(), new Account()];
    storage.run(first, () => (proxy.owner = 'first'));
    storage.run(second, () => (proxy.owner = 'second'));
    expect([first.owner, second.owner]).toEqual(['first', 'second']);
  });

  describe('unbound', () => {
    const options: Described = { fix: 'Use account.open().' };
    const proxy = createProxy<Account>(
      () => undefined,
      () => unboundError(options),
      'account',
    );

    it('throws the error on every use', () => {
      expect(() => proxy.owner).toThrow('Working outside of an account.');
      expect(() => (proxy.owner = 'x')).toThrow(FlaconError);
      expect(() => 'owner' in proxy).toThrow(FlaconError);
      expect(() => Object.keys(proxy)).toThrow(FlaconError);
      expect(() => `${proxy}`).toThrow(FlaconError);
      expect(() => getCurrentObject(proxy)).toThrow(FlaconError);
    });

    it('prints what to do instead of throwing', () => {
      expect(inspect(proxy)).toBe('<unbound account: Use account.open().>');
      expect(inspect([proxy])).toBe('[ <unbound account: Use account.open().> ]');
      const plain = createProxy<Account>(
        () => undefined,
        () => unboundError(),
        'account',
      );
      expect(inspect(plain)).toBe('<unbound account: Working outside of an account.>');
    });

    it('can be awaited and asked for its class', async () => {
      expect(await Promise.resolve(proxy)).toBe(proxy);
      expect(proxy instanceof Account).toBe(false);
      expect(Object.prototype.toString.call(proxy)).toBe('[object Object]');
    });
  });

  it('gives up the object behind it', () => {
    const account = new Account();
    const proxy = bound(account);
    expect(getCurrentObject(proxy)).toBe(account);
    expect(getCurrentObject(account)).toBe(account);
    expect(getCurrentObject('text')).toBe('text');
    expect(describeProxy(proxy)).toMatchObject({ label: 'account', object: account });
    expect(describeProxy(account)).toBeUndefined();
  });
});

describe('Local', () => {
  it('has attributes', () => {
    const local = new Local<{ user?: string; id?: number }>();
    expect(local.user).toBeUndefined();
    local.user = 'anna';
    local.id = 3;
    expect({ ...local }).toEqual({ user: 'anna', id: 3 });
    expect([...local]).toEqual([
      ['user', 'anna'],
      ['id', 3],
    ]);
    expect('user' in local).toBe(true);
    delete local.user;
    expect('user' in local).toBe(false);
    expect(inspect(local)).toBe('{ id: 3 }');
    releaseLocal(local);
    expect(Object.keys(local)).toEqual([]);
  });

  it('is isolated between concurrent tasks', async () => {
    const local = new Local<{ user?: string }>();
    const stack = new LocalStack<string>();
    const task = async (name: string): Promise<unknown[]> => {
      await tick();
      local.user = name;
      stack.push(name);
      await tick();
      const seen = [local.user, stack.top, stack.size];
      stack.pop();
      return [...seen, stack.size];
    };
    expect(await Promise.all([task('a'), task('b'), task('c')])).toEqual([
      ['a', 'a', 1, 0],
      ['b', 'b', 1, 0],
      ['c', 'c', 1, 0],
    ]);
    expect(local.user).toBeUndefined();
  });

  it('hands down what was set, and keeps what children set from their parent', async () => {
    const local = new Local<{ user?: string }>();
    local.user = 'parent';
    const child = await runIsolated(local, async () => {
      const before = local.user;
      local.user = 'child';
      await tick();
      return [before, local.user];
    });
    expect(child).toEqual([undefined, 'child']);
    expect(local.user).toBe('parent');
    await tick();
    expect(local.user).toBe('parent');
  });

  it('does not know foreign objects', () => {
    expect(() => releaseLocal({})).toThrow(TypeError);
  });
});

describe('LocalStack', () => {
  it('pushes and pops', () => {
    const stack = new LocalStack<number>();
    expect(stack.top).toBeUndefined();
    expect(stack.pop()).toBeUndefined();
    expect(stack.push(1)).toEqual([1]);
    expect(stack.push(2)).toEqual([1, 2]);
    expect(stack.top).toBe(2);
    expect([stack.pop(), stack.pop(), stack.pop()]).toEqual([2, 1, undefined]);
  });
});

describe('LocalProxy', () => {
  it('stands for an attribute of a Local', () => {
    const local = new Local<{ user?: { name: string } }>();
    const user = new LocalProxy(local, 'user', { unboundMessage: 'nobody is here' });
    expect(() => user.name).toThrow('nobody is here');
    local.user = { name: 'anna' };
    expect(user.name).toBe('anna');
    expect(getCurrentObject(user)).toBe(local.user);
  });

  it('stands for the top of a stack, a context variable and a function', () => {
    const stack = new LocalStack<{ id: number }>();
    const top = new LocalProxy(stack);
    stack.push({ id: 7 });
    expect(top.id).toBe(7);
    const storage = new AsyncLocalStorage<{ app: { name: string } }>();
    const app = new LocalProxy(storage, 'app');
    storage.run({ app: { name: 'shop' } }, () => expect(app.name).toBe('shop'));
    expect(() => app.name).toThrow('object is not bound');
    const computed = new LocalProxy(() => new Map([['a', 1]]));
    expect(computed.get('a')).toBe(1);
    expect(computed.size).toBe(1);
  });

  it('holds strings and numbers', () => {
    const text = new LocalProxy(() => 'abc');
    expect(`${text}!`).toBe('abc!');
    expect(text.toUpperCase()).toBe('ABC');
    expect(inspect(text)).toBe("'abc'");
    const number = new LocalProxy(() => 4);
    expect(Number(number) + 1).toBe(5);
  });

  it('needs a name for a Local', () => {
    const make = LocalProxy as unknown as new (local: object) => object;
    expect(() => new make(new Local())).toThrow(TypeError);
  });
});
