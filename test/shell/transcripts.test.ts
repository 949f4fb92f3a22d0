import { describeTranscripts } from './transcript-suite.ts';

describeTranscripts(process.execPath);
