import { checkPasswordHash, generatePasswordHash } from 'flacon/security';
import { UserMixin } from 'flacon/login';
import { databaseOf } from './database.ts';

interface UserRow {
  id: number;
  email: string;
  passwordHash: string;
  isAdmin: number;
  registeredOn: string;
}

/** Somebody who can log in. */
export class User extends UserMixin {
  readonly id: number;
  readonly email: string;
  readonly passwordHash: string;
  readonly isAdmin: boolean;
  readonly registeredOn: Date;

  constructor({ id, email, passwordHash, isAdmin, registeredOn }: UserRow) {
    super();
    this.id = id;
    this.email = email;
    this.passwordHash = passwordHash;
    this.isAdmin = Boolean(isAdmin);
    this.registeredOn = toDate(registeredOn);
  }
}

export interface Stock {
  id: number;
  userId: number;
  symbol: string;
  shares: number;
  purchasePrice: number;
  purchasedOn: Date;
  /** The latest price there is for the symbol. */
  price: number | null;
}

export interface Price {
  symbol: string;
  month: Date;
  price: number;
}

export interface JournalEntry {
  id: number;
  userId: number;
  entry: string;
  writtenOn: Date;
}

type Dated<Row, Key extends keyof Row> = Omit<Row, Key> & Record<Key, string>;

// SQLite has no type for dates: they are kept as ISO text, in UTC.
const toDate = (text: string): Date => new Date(text.includes(' ') ? `${text.replace(' ', 'T')}Z` : text);

const USER_COLUMNS = 'id, email, password_hash AS passwordHash, is_admin AS isAdmin, registered_on AS registeredOn';

export const users = {
  all: (): User[] =>
    databaseOf()
      .all<UserRow>(`SELECT ${USER_COLUMNS} FROM users ORDER BY email`)
      .map((row) => new User(row)),

  byId(id: number): User | undefined {
    const row = databaseOf().get<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE id = ?`, id);
    return row && new User(row);
  },

  byEmail(email: string): User | undefined {
    const row = databaseOf().get<UserRow>(`SELECT ${USER_COLUMNS} FROM users WHERE email = ?`, email);
    return row && new User(row);
  },

  async create(email: string, password: string, { isAdmin = false } = {}): Promise<User> {
    const hash = await generatePasswordHash(password);
    const row = databaseOf().get<UserRow>(
      `INSERT INTO users (email, password_hash, is_admin) VALUES (?, ?, ?) RETURNING ${USER_COLUMNS}`,
      email,
      hash,
      Number(isAdmin),
    );
    return new User(row as UserRow);
  },

  async authenticate(email: string, password: string): Promise<User | undefined> {
    const user = users.byEmail(email);
    return user !== undefined && (await checkPasswordHash(user.passwordHash, password)) ? user : undefined;
  },
};

const STOCK = `
  SELECT s.id, s.user_id AS userId, s.symbol, s.shares, s.purchase_price AS purchasePrice, s.purchased_on AS purchasedOn,
         (SELECT price FROM prices p WHERE p.symbol = s.symbol ORDER BY month DESC LIMIT 1) AS price
  FROM stocks s`;

const toStock = (row: Dated<Stock, 'purchasedOn'>): Stock => ({ ...row, purchasedOn: toDate(row.purchasedOn) });

export const stocks = {
  of: (user: User): Stock[] =>
    databaseOf()
      .all<Dated<Stock, 'purchasedOn'>>(`${STOCK} WHERE s.user_id = ? ORDER BY s.symbol, s.id`, user.id)
      .map(toStock),

  byId(id: number): Stock | undefined {
    const row = databaseOf().get<Dated<Stock, 'purchasedOn'>>(`${STOCK} WHERE s.id = ?`, id);
    return row && toStock(row);
  },

  add: (user: User, symbol: string, shares: number, purchasePrice: number): number =>
    databaseOf().run(
      'INSERT INTO stocks (user_id, symbol, shares, purchase_price) VALUES (?, ?, ?, ?)',
      user.id,
      symbol,
      shares,
      purchasePrice,
    ).id,

  delete: (stock: Stock): void => void databaseOf().run('DELETE FROM stocks WHERE id = ?', stock.id),
};

const toPrice = (row: Dated<Price, 'month'>): Price => ({ ...row, month: toDate(row.month) });

export const prices = {
  /** The latest price of every symbol. */
  latest: (): Price[] =>
    databaseOf()
      .all<Dated<Price, 'month'>>(
        'SELECT symbol, max(month) AS month, price FROM prices GROUP BY symbol ORDER BY symbol',
      )
      .map(toPrice),

  /** The prices of a symbol, the latest first. */
  history: (symbol: string, limit = 12): Price[] =>
    databaseOf()
      .all<Dated<Price, 'month'>>(
        'SELECT symbol, month, price FROM prices WHERE symbol = ? ORDER BY month DESC LIMIT ?',
        symbol,
        limit,
      )
      .map(toPrice),

  count: (): number => databaseOf().get<{ n: number }>('SELECT count(*) AS n FROM prices')?.n ?? 0,
};

const ENTRY = 'SELECT id, user_id AS userId, entry, written_on AS writtenOn FROM journal';

const toEntry = (row: Dated<JournalEntry, 'writtenOn'>): JournalEntry => ({ ...row, writtenOn: toDate(row.writtenOn) });

export const journal = {
  of: (user: User): JournalEntry[] =>
    databaseOf().all<Dated<JournalEntry, 'writtenOn'>>(`${ENTRY} WHERE user_id = ? ORDER BY id`, user.id).map(toEntry),

  byId(id: number): JournalEntry | undefined {
    const row = databaseOf().get<Dated<JournalEntry, 'writtenOn'>>(`${ENTRY} WHERE id = ?`, id);
    return row && toEntry(row);
  },

  add: (user: User, entry: string): number =>
    databaseOf().run('INSERT INTO journal (user_id, entry) VALUES (?, ?)', user.id, entry).id,

  update: (id: number, entry: string): void =>
    void databaseOf().run('UPDATE journal SET entry = ? WHERE id = ?', entry, id),

  delete: (id: number): void => void databaseOf().run('DELETE FROM journal WHERE id = ?', id),
};
