/** Sessions on the server, as Flask-Session has them: the module `flacon/session`. */
export type { SessionType } from './config.ts';
export { FilesystemStore } from './filesystem-store.ts';
export { ServerSideSessionInterface } from './interface.ts';
export { MemoryStore } from './memory-store.ts';
export { mergeSessions } from './merge.ts';
export { RedisStore, type RedisClient } from './redis-store.ts';
export { ServerSideSession } from './server-session.ts';
export { regenerateSession, Session, sessionId, type SessionOptions } from './session.ts';
export { SqliteStore, type SqliteDatabase, type SqliteStatement, type SqliteStoreOptions } from './sqlite-store.ts';
export type { SessionStore } from './store.ts';
