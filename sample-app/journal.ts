import { abort, Blueprint, request } from 'flacon';
import { currentUser } from './auth.ts';
import { Entry } from './models.ts';

/** The journal is a JSON API; an error of it is JSON, too. */
export const journal = new Blueprint('journal', import.meta);

journal.errorHandler(Error, (error) => {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'number') throw error;
  return [{ error: error.message }, code];
});

journal.get('/', function listJournalEntries() {
  return Entry.ofUser(currentUser());
});

journal.post('/', function addJournalEntry() {
  const { title, content } = readEntry();
  return [Entry.add(currentUser(), title, content), 201];
});

journal.get('/<int:index>', function getJournalEntry({ index }) {
  return ownEntry(index);
});

journal.put('/<int:index>', function updateJournalEntry({ index }) {
  const { title, content } = readEntry();
  return ownEntry(index).update(title, content);
});

function ownEntry(id: number): Entry {
  const user = currentUser();
  const entry = Entry.get(id) ?? abort(404);
  return entry.userId === user.id ? entry : abort(403);
}

function readEntry(): { title: string; content: string } {
  const { title, content } = (request.json ?? {}) as Record<string, unknown>;
  if (typeof title === 'string' && typeof content === 'string') return { title, content };
  return abort(400, 'An entry has a title and a content, both text.');
}
