// Adonis' REPL by itself, with one value in its context; `node ace repl` boots an application before it.
import { Repl } from '@adonisjs/repl';

new Repl({ historyFilePath: undefined }).start({ prices: { latest: () => 42 } });
