import { decide } from '../domain/consent/decide.ts';
import type { ActChannel } from '../domain/consent/person.ts';
import type { Scope } from '../domain/consent/suppression.ts';
import type { Reading, TopicRef } from '../domain/words/reading.ts';
import { quench } from '../sending/quench.ts';
import { actByDoor, DOOR_RULES, NO_CARRIER } from './act-by-door.ts';
import type { Desk } from './desk.ts';
import { turnOf } from './inbound/message.ts';
import { scopesOf } from './scopes.ts';

/** An opt-out that came by a door other than a text. Everything, unless programs or topics are named. */
export type OptOut = {
  number: string;
  programs: string[];
  topics: TopicRef[];
  channel: ActChannel;
  origin: Record<string, string>;
  actor: string;
};

/**
 * Resolves when it is durable, what was planned is canceled and what was under way has settled: its answer may
 * say so. Rejects where it is not known to be over: it may be written. No text confirms it; the door does.
 * Source: 47 CFR 64.1200(a)(10).
 */
export async function optOut(desk: Desk, request: OptOut): Promise<{ contact: string; scopes: Scope[] }> {
  const catalog = desk.catalog.current();
  const { number, channel, actor } = request;
  const reading = readingOf(request);
  const act = { channel, number: '', reading, words: '', carrier: NO_CARRIER };
  const prepared = await actByDoor(desk, {
    number,
    channel,
    from: null,
    actor,
    rules: DOOR_RULES,
    personal: { number, origin: JSON.stringify(request.origin) },
    alone: true,
    decide: (person, receivedAt) => {
      const turn = turnOf({ ...act, receivedAt }, person, catalog, () => '');
      return { ...decide(turn), replies: [] };
    },
  });
  if (prepared === null) throw new Error('an opt-out wrote nothing');
  const { contact, rev, personId, follows } = prepared;
  const { prompts } = prepared.person;
  const scopes = scopesOf(reading);
  await quench(desk.store, { contact, rev, scopes, prompts, personId, follows }, desk.monotonic);
  return { contact, scopes };
}

function readingOf({ channel, programs, topics }: OptOut): Reading {
  const base = { language: null, rule: `door:${channel}`, rules: DOOR_RULES };
  return programs.length + topics.length === 0
    ? { ...base, kind: 'stop-all', by: 'exact', wrongNumber: false }
    : { ...base, kind: 'stop-some', programs, topics };
}
