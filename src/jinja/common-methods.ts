import { contains, equal, greater, greaterEqual, less, lessEqual } from './compare.ts';
import { type MethodTable, methodTable } from './methods.ts';
import { add, modulo, multiply } from './operators.ts';
import { repr, str } from './text.ts';
import { length } from './values.ts';

/** Special methods that every value of a Python type has, for those who write them out. */
export const commonMethods: MethodTable = methodTable<unknown>({
  __add__: ['value', (self, other) => add(self, other)],
  __contains__: ['key', (self, item) => contains(self, item)],
  __eq__: ['value', (self, other) => equal(self, other)],
  __ge__: ['value', (self, other) => greaterEqual(self, other)],
  __gt__: ['value', (self, other) => greater(self, other)],
  __le__: ['value', (self, other) => lessEqual(self, other)],
  __len__: ['', (self) => length(self)],
  __lt__: ['value', (self, other) => less(self, other)],
  __mod__: ['value', (self, other) => modulo(self, other)],
  __mul__: ['value', (self, other) => multiply(self, other)],
  __ne__: ['value', (self, other) => !equal(self, other)],
  __repr__: ['', (self) => repr(self)],
  __str__: ['', (self) => str(self)],
});
