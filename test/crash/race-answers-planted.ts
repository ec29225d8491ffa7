import type { Count } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import { entry, handOver, replied, reply, row } from './race-evidence.ts';

const CONFIRMATION = 'opt-out-confirmation';

/** One more answer to a text at the carrier; `ours`: the transaction of the text wrote it. */
export function answerMore(it: RaceEvidence, id: string, sid: string, kind: string, ours: boolean): void {
  it.rows.push(reply(id, sid, kind));
  it.handOvers.push(handOver(id, 115));
  const asked = it.texts.find((text) => text.sid === sid);
  if (ours && asked !== undefined) asked.answers = [...(asked.answers ?? []), id];
}

/** A STOP after that of the healthy evidence, which is confirmed as well. */
export function stopAgain(it: RaceEvidence): void {
  it.texts.push(replied('stop-2', 'STOP', 92, 95));
  it.people[0]?.entries.push(entry(5, 'withdrawn', 'stop-2', 92));
  it.rows.push(reply('d-stop-2', 'stop-2', CONFIRMATION));
  it.handOvers.push(handOver('d-stop-2', 95));
}

/** What second answers and second confirmations look like. */
export const ANSWERS_PLANTED: [title: string, count: Count, plant: (it: RaceEvidence) => unknown][] = [
  [
    'an answer that the transaction of its text did not write',
    'answeredTwice',
    (it) => answerMore(it, 'd-more', 'help', 'help', false),
  ],
  ['a STOP that repeats one and is confirmed as that was', 'confirmedTwice', stopAgain],
  [
    'two confirmations of one STOP',
    'confirmedTwice',
    (it) => answerMore(it, 'd-more', 'stop', CONFIRMATION, true),
  ],
  [
    'a confirmation of a text that ended nothing',
    'confirmedTwice',
    (it) => answerMore(it, 'd-more', 'help', CONFIRMATION, true),
  ],
  [
    'a text for HELP to which nothing was planned',
    'repliesLost',
    (it) => it.texts.push({ ...replied('help-2', 'HELP', 112, 114), answers: [] }),
  ],
  ['a message that the API took and that is gone', 'unfinished', (it) => it.acknowledged.push('message-1')],
  [
    'one order that became two rows',
    'doubled',
    (it) => {
      it.rows.push(row('message-1'), row('message-2'));
      for (const id of ['message-1', 'message-2']) {
        it.handOvers.push(handOver(id, 60, { body: 'ordered #act-1' }));
      }
    },
  ],
];
