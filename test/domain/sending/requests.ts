import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { Scope, Suppression, SuppressionKind } from '../../../src/domain/consent/suppression.ts';
import type { Program } from '../../../src/domain/program.ts';
import type { MessageClass } from '../../../src/domain/sending/lanes.ts';
import { mayReceive, type Reason, type Request } from '../../../src/domain/sending/send-rules.ts';
import { SOME_ORIGIN } from '../../support/origins.ts';

export const NOW = new Date('2026-05-20T16:00:00Z');
export const ago = (ms: number): Date => new Date(NOW.getTime() - ms);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const [deals] = PROGRAMS as [Program];

/** A program with one topic of each purpose. */
export const PROGRAM: Program = {
  ...deals,
  topics: [
    ...deals.topics,
    { ...(deals.topics[0] as (typeof deals.topics)[number]), id: 'orders', purpose: 'informational' },
  ],
};

export const row = (kind: SuppressionKind, scope: Scope, more: Partial<Suppression> = {}): Suppression => ({
  scope,
  kind,
  generation: 1,
  since: ago(HOUR),
  lifts: {},
  until: null,
  origin: SOME_ORIGIN,
  ...more,
});

/** Someone who agreed to everything and chose everything. */
export const SUBSCRIBER: ConsentState = {
  ...emptyConsentState(),
  subscriptions: [
    {
      program: 'deals',
      state: 'subscribed',
      since: ago(DAY),
      topics: ['deals', 'news', 'orders'],
      purposes: ['marketing', 'informational'],
      basis: null,
    },
  ],
};

export const under = (...suppressions: Suppression[]): ConsentState => ({ ...SUBSCRIBER, suppressions });

export const subscription = (more: Partial<ConsentState['subscriptions'][number]>): ConsentState => ({
  ...SUBSCRIBER,
  subscriptions: SUBSCRIBER.subscriptions.map((subscription) => ({ ...subscription, ...more })),
});

export type RequestOverrides = Partial<Omit<Request, 'target'>> & {
  topic?: string | null;
  program?: Program | null;
  sender?: string;
  service?: string | null;
};

/** The reasons against; empty where it may go. Asked as it would be in life: an answer to a text of a minute ago, or none. */
export function reasons(cls: MessageClass, person: ConsentState, asked: RequestOverrides = {}): Reason[] {
  const alone = cls === 'marketing' || cls === 'transactional';
  const { topic, program = PROGRAM, sender = '28555', service = null, ...more } = asked;
  const usual = { marketing: 'deals', transactional: 'orders' } as Partial<Record<MessageClass, string>>;
  const request: Request = {
    class: cls,
    target: {
      program: program?.id ?? null,
      topic: topic === undefined ? (usual[cls] ?? null) : topic,
      sender,
      service,
    },
    answers: alone ? null : { receivedAt: ago(MINUTE) },
    own: cls === 'prompt',
    promptOpen: cls === 'prompt',
    ...more,
  };
  const verdict = mayReceive(request, person, program, NOW);
  return verdict.allowed ? [] : verdict.reasons;
}
