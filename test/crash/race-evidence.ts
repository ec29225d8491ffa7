import type {
  ChainEntry,
  End,
  RaceEvidence,
  RowEvidence,
  SeenHandOver,
  SendAttempt,
  TextEvidence,
} from '../../scripts/crash/race/evidence/evidence.ts';

export const NUMBER = '+15550000001';
export const SENDER = '28555';

/** Times are ms of one clock, wall and monotonic alike. */
const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;

/** A text that is answered by nothing. */
/** Changes what was found; throws where nothing was. */
export function change(found: object | undefined, fields: object): void {
  if (found === undefined) throw new Error('there is nothing to change');
  Object.assign(found, fields);
}

export function text(sid: string, body: string, attempt: number, answered: number | null): TextEvidence {
  return {
    ...{ number: NUMBER, to: SENDER, sid, body, door: 'webhook', spooled: false },
    ...{ answers: [], forms: [] },
    begunAt: ns(attempt),
    answeredAt: answered === null ? null : ns(answered),
    receivedAt: attempt,
    recordedAt: attempt,
  };
}

/** A text that is answered by the row of its name. */
export const replied = (
  sid: string,
  body: string,
  attempt: number,
  answered: number | null,
): TextEvidence => ({
  ...text(sid, body, attempt, answered),
  answers: [`d-${sid}`],
});

export function row(id: string, fields: Partial<RowEvidence> = {}): RowEvidence {
  return {
    ...{ id, number: NUMBER, class: 'marketing', program: 'deals', topic: 'deals', state: 'accepted' },
    ...{ asks: [], owner: null, open: false, answers: null, parts: 1, error: null, own: false },
    ...fields,
  };
}

export const reply = (id: string, answers: string, kind = 'reply'): RowEvidence =>
  row(id, { class: kind, topic: null, answers });

export function handOver(delivery: string, at: number, fields: Partial<SeenHandOver> = {}): SeenHandOver {
  return {
    ...{ number: NUMBER, sender: SENDER, delivery, epoch: 1, body: `an offer #${delivery}` },
    ...{
      at: ns(at),
      wall: at,
      made: true,
      sid: `SM-${delivery}`,
      unanswered: false,
      answeredAt: ns(at),
      leftAt: ns(at),
      saidFailed: false,
      segments: 1,
    },
    ...fields,
  };
}

/** The process that had the reply in flight died: what became of it is unknown. */
export function lose(it: RaceEvidence, id: string): void {
  change(
    it.rows.find((row) => row.id === id),
    { state: 'unknown', owner: 'round-1' },
  );
  Object.assign(it, { struck: new Set(['round-1']), troubles: 1 });
}

/** The end of the message of a delivery, by a receipt that was answered with a 2xx. */
export const end = (delivery: string, state: End['state'], error: string | null = null): End => ({
  ...{ delivery, state, error },
  sid: `SM-${delivery}`,
});

export const leaving = (delivery: string, at: number, left: number): SeenHandOver =>
  handOver(delivery, at, { leftAt: ns(left) });

export function entry(seq: number, kind: string, cause: string, wall: number): ChainEntry {
  const ends = kind === 'withdrawn';
  return {
    ...{ seq, kind, cause, wall, acted: wall },
    answers: null,
    ...{ program: ends ? null : 'deals', topics: ends ? [] : ['deals'], scope: ends ? 'all' : null },
  };
}

export function stamp(delivery: string, at: number, fields: Partial<SendAttempt> = {}): SendAttempt {
  const times = { checked: ns(at), written: ns(at), frozen: false, ended: null, struck: false };
  return { delivery, epoch: 1, sender: SENDER, ...times, ...fields };
}

export const asked = (token: string, answered: number | null): RaceEvidence['asked'][number] => ({
  ...{ number: NUMBER, token, scopes: ['all'], begunAt: ns(answered ?? 0) },
  answeredAt: answered === null ? null : ns(answered),
});

/** One person joins, agrees, gets two offers and ends it; a third offer was cancelled. Nothing is wrong with it. */
export function healthy(): RaceEvidence {
  return {
    people: [
      {
        number: NUMBER,
        subscriptions: [{ program: 'deals', subscribed: false, topics: [], seq: 3 }],
        standing: [{ scope: 'all', programs: ['deals', 'orders', 'stylist'] }],
        held: [],
        entries: [
          entry(1, 'requested', 'join', 10),
          entry(2, 'prompted', 'join', 10),
          entry(3, 'confirmed', 'yes', 30),
          entry(4, 'withdrawn', 'stop', 70),
        ],
      },
    ],
    texts: [
      replied('join', 'JOIN', 10, 20),
      replied('yes', 'YES', 30, 40),
      replied('stop', 'STOP', 70, 90),
      replied('help', 'HELP', 100, 110),
    ],
    asked: [],
    handOvers: [
      handOver('d-join', 20),
      handOver('d-yes', 40),
      handOver('offer-1', 50),
      handOver('offer-2', 75),
      handOver('d-stop', 90),
      handOver('d-help', 110),
    ],
    rows: [
      reply('d-join', 'join', 'prompt'),
      reply('d-yes', 'yes'),
      reply('d-stop', 'stop', 'opt-out-confirmation'),
      reply('d-help', 'help', 'help'),
      row('offer-1'),
      row('offer-2'),
      row('offer-3', { state: 'canceled' }),
    ],
    planned: ['offer-1', 'offer-2', 'offer-3'],
    acknowledged: [],
    claimed: new Set(),
    troubles: 0,
    struck: new Set(),
    databaseFailed: false,
    flight: { from: ns(45), to: ns(1000) },
    begun: [stamp('offer-1', 50), stamp('offer-2', 75)],
    rates: { [SENDER]: 100 },
    scans: [],
    blocked: [],
    spoolLeft: [],
    ends: [],
  };
}

/** The person agrees once more after the STOP, and gets an offer again. */
export function rejoined(): RaceEvidence {
  const it = healthy();
  it.texts.push(replied('join-2', 'JOIN', 120, 130), replied('yes-2', 'YES', 140, 150));
  it.people[0]?.entries.push(
    entry(5, 'requested', 'join-2', 120),
    entry(6, 'prompted', 'join-2', 120),
    entry(7, 'confirmed', 'yes-2', 140),
  );
  change(it.people[0], {
    standing: [{ scope: 'all', programs: ['orders', 'stylist'] }],
    subscriptions: [{ program: 'deals', subscribed: true, topics: ['deals'], seq: 7 }],
  });
  it.rows.push(reply('d-join-2', 'join-2', 'prompt'), reply('d-yes-2', 'yes-2'), row('offer-4'));
  it.handOvers.push(handOver('d-join-2', 130), handOver('d-yes-2', 150), handOver('offer-4', 160));
  return it;
}

/** The same, whose last words may be an opt-out: they are answered with a notice, and hold everything. */
export function held(): RaceEvidence {
  const it = healthy();
  change(
    it.texts.find((text) => text.sid === 'stop'),
    { body: "i'm not interested" },
  );
  change(it.people[0]?.entries[3], { kind: 'held' });
  change(it.people[0], {
    standing: [],
    held: ['deals', 'orders', 'stylist'],
    subscriptions: [{ program: 'deals', subscribed: true, topics: ['deals'], seq: 3 }],
  });
  change(
    it.rows.find((row) => row.id === 'd-stop'),
    { class: 'hold-notice' },
  );
  return it;
}

/** A text that no rule knows, and what staff, or else the gateway, answers to it at that moment. */
export function answeredByHand(
  it: RaceEvidence,
  at: number,
  answer: number,
  kind = 'staff-answer',
): RaceEvidence {
  it.texts.push({
    ...text('where', 'where is my parcel', at, at + 5),
    answers: kind === 'staff-answer' ? [] : ['d-where'],
  });
  it.rows.push(reply('d-where', 'where', kind));
  it.handOvers.push(handOver('d-where', answer));
  return it;
}
