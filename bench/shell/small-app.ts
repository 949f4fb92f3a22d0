// The smallest application of Flacon that has something to hold in its shell: what ../shell-peers/flask_app.py is of Flask.
import { Flacon } from 'flacon';

export const app = new Flacon(import.meta);

app.shellContextProcessor(() => ({ latest: () => 42 }));
