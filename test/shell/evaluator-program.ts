import { cases } from './evaluator-cases.ts';
import { play, type Played } from './evaluator-play.ts';

// What other Nodes are run with: evaluates all cases, and prints what came of them as JSON.
const played: Record<string, Played[]> = {};
for (const [topic, list] of Object.entries(cases)) played[topic] = await Promise.all(list.map(play));
console.log(JSON.stringify({ version: process.version, played }));
