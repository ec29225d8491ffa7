/** Twilio's toll-free verification `opt_in_type` values, so that records map one to one. */
export const CHANNELS = ['VIA_TEXT', 'WEB_FORM', 'PAPER_FORM', 'VERBAL', 'MOBILE_QR_CODE', 'IMPORT'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * The channel of an act in the ledger. `NOT_STATED`: an opt-out without a stated channel. `NO_ACT`: a job or staff
 * changed something, and the person did nothing.
 */
export const ACT_CHANNELS = [...CHANNELS, 'NOT_STATED', 'NO_ACT'] as const;
export type ActChannel = (typeof ACT_CHANNELS)[number];
