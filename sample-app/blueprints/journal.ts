import { abort, Blueprint, request, urlFor, type HTTPException } from 'flacon';
import { currentUser } from 'flacon/login';
import { journal as journalModel, type JournalEntry } from '../models.ts';

/** The investor's journal, as a JSON API. */
export const journal = new Blueprint('journal', import.meta);

journal.beforeRequest(() => {
  if (!currentUser.isAuthenticated) abort(401, 'Log in first.');
});

for (const code of [400, 401, 403, 404, 415]) {
  journal.errorHandler(code, (error) => {
    const { name, description } = error as HTTPException;
    return [{ error: name, description }, code];
  });
}

const describe = ({ id, entry, writtenOn }: JournalEntry): object => ({
  index: id,
  entry,
  written_on: writtenOn.toISOString(),
  url: urlFor('journal.getJournalEntry', { index: id }),
});

/** The entry with this index, if it is the visitor's: 404 if there is none, 403 if it is somebody else's. */
function ownEntry(index: number): JournalEntry {
  const entry = journalModel.byId(index) ?? abort(404);
  if (entry.userId !== currentUser.id) abort(403);
  return entry;
}

function textOfBody(): string {
  const { entry } = Object(request.json) as { entry?: unknown };
  if (typeof entry !== 'string' || entry.trim() === '') abort(400, "The body is an object with a text 'entry'.");
  return entry as string;
}

journal.get('/', function listJournal() {
  return journalModel.of(currentUser).map(describe);
});

journal.post('/', function addJournalEntry() {
  const index = journalModel.add(currentUser, textOfBody());
  return [describe(ownEntry(index)), 201, { Location: urlFor('journal.getJournalEntry', { index }) }];
});

journal.get('/<int:index>', function getJournalEntry({ index }) {
  return describe(ownEntry(index));
});

journal.put('/<int:index>', function updateJournalEntry({ index }) {
  const { id } = ownEntry(index);
  journalModel.update(id, textOfBody());
  return describe(ownEntry(index));
});

journal.delete('/<int:index>', function deleteJournalEntry({ index }) {
  journalModel.delete(ownEntry(index).id);
  return ['', 204];
});
