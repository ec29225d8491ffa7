import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { type ConsentState, emptyConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { JourneyStep } from '../../../src/domain/journeys/journey.ts';
import type { EligibilityFacts, RunFacts } from '../../../src/domain/journeys/steps.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');
export const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
export const SINCE = new Date('2026-02-01T00:00:00Z');
export const DEALS = PROGRAMS.find(({ id }) => id === 'deals') ?? null;

export const step = (id: string, more: Partial<JourneyStep> = {}): JourneyStep => ({
  ...{ id, wait: {}, onlyIf: null, otherwise: 'skip', message: null },
  ...more,
});
export const message = { template: 'hello', topic: 'deals' };
export const asks = { tree: { kind: 'everyone' as const }, resolved: { kind: 'everyone' as const } };

export const subscriber = (more: Partial<ConsentState> = {}): ConsentState => ({
  ...emptyConsentState(),
  subscriptions: [
    {
      ...{ program: 'deals', state: 'subscribed', since: SINCE, topics: ['deals'], purposes: ['marketing'] },
      basis: null,
    },
  ],
  ...more,
});

export const standing = (more: Partial<EligibilityFacts> = {}): EligibilityFacts => ({
  ...{ person: subscriber(), current: true, program: DEALS },
  ...more,
});

export const facts = (more: Partial<RunFacts> = {}): RunFacts => ({
  ...standing(),
  ...{ holds: true, written: false, waiting: null, heldUntil: () => null },
  ...more,
});
