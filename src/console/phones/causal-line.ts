import type { HandsetState, TextTrace } from '../../contacts/handset.ts';

/** The newest text of the three handsets. `trace`: null until the gateway has taken it in. */
export type JustTexted = {
  name: string;
  whose: string;
  state: HandsetState;
  trace: TextTrace | null;
};

const ENDING = ['stop-all', 'stop-some', 'unsure'];

/** What followed from the newest text, step by step. */
export function causalLine({ name, whose, state, trace }: JustTexted): string[] {
  if (trace === null) return [`${name} wrote`, 'the gateway has not taken it in yet'];
  const waited = ENDING.includes(trace.kind) ? [waitedWords(trace.canceled)] : [];
  return [
    `${name} wrote`,
    `read as ${trace.meaning}`,
    entryWords(trace.entries, whose),
    ...waited,
    answerWords(trace),
    outcomeWords(trace, state),
  ];
}

function entryWords(entries: readonly number[], whose: string): string {
  const [first, ...more] = entries;
  if (first === undefined) return `nothing changed in ${whose} ledger`;
  if (more.length === 0) return `entry ${first} in ${whose} ledger`;
  return `entries ${entries.slice(0, -1).join(', ')} and ${entries.at(-1)} in ${whose} ledger`;
}

function waitedWords(canceled: number): string {
  if (canceled === 0) return '0 messages were waiting';
  return canceled === 1 ? '1 waiting message was canceled' : `${canceled} waiting messages were canceled`;
}

function answerWords({ kind, answer }: TextTrace): string {
  if (!answer.planned) return 'no rule answers it';
  const verb = ENDING.includes(kind) ? 'confirmed' : 'answered';
  return answer.afterMs === null
    ? 'the answer is on its way'
    : `${verb} after ${durationWords(answer.afterMs)}`;
}

/** "63 ms", "3.2 s". */
export const durationWords = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

function outcomeWords({ kind }: TextTrace, { mayBeTexted, word }: HandsetState): string {
  if (mayBeTexted) return kind === 'stop-some' ? 'the rest may still be sent' : 'offers may be sent';
  switch (word) {
    case 'On hold':
      return 'nothing more can be sent until a person decides';
    case 'Asked for a YES':
      return 'no offer can be sent before a YES';
    case 'Paused':
      return 'no offer can be sent during the pause';
    case 'Never joined':
      return 'no offer can be sent';
    default:
      return 'nothing more can be sent';
  }
}
