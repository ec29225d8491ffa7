import type { SuppressionOrigin } from '../../src/domain/consent/suppression-origin.ts';

/** An origin by which nothing is decided: it is neither a text nor an end of a hold. */
export const SOME_ORIGIN: SuppressionOrigin = { by: 'channel', channel: 'NOT_STATED', rule: 'a test' };

export const BY_STOP: SuppressionOrigin = { by: 'text', rule: 'exact:stop' };
