import type { Tree } from '../../src/domain/segments/tree.ts';

/** The list of the first people, to whom the small campaigns go. */
export const LIST = 'samples';

/** A template, in English and Spanish. */
type SampleTemplate = { program: string; en: string; es: string };

/** Answers that the support desk of the samples sends often. */
export const SAVED_ANSWERS = {
  'opening-hours': {
    title: 'Opening hours',
    texts: {
      en: '{brand}: hi {first_name|there}, we are open 9 to 8, on Sundays 10 to 6. Reply STOP to end',
      es: '{brand}: hola {first_name|}, abrimos de 9 a 8, los domingos de 10 a 6. Responde STOP para salir',
    },
    program: null,
  },
  'where-is-my-order': {
    title: 'Where is my order',
    texts: {
      en: '{brand}: we look it up and text you today. Your order number helps. Reply STOP to end',
      es: '{brand}: lo buscamos y te escribimos hoy. El numero del pedido ayuda. Responde STOP para salir',
    },
    program: null,
  },
  'send-it-back': {
    title: 'How to send something back',
    texts: {
      en: '{brand}: bring it to any store within 30 days, with the receipt. Reply STOP to end',
      es: '{brand}: llevalo a una tienda en 30 dias, con el recibo. Responde STOP para salir',
    },
    program: null,
  },
};

/** A change of the rules that somebody in the demo wonders about: these texts are holds today. */
export const BACK_TEST = {
  rules: { changes: [{ list: 'opt-out-phrase', language: 'en', add: ['text way too much'] }] },
  days: 60,
};

/** In Spanish, an accent that GSM-7 lacks makes the text of `coats` longer than in English: two parts. */
export const TEMPLATES: Record<string, SampleTemplate> = {
  'weekend-sale': {
    program: 'deals',
    en: '{brand}: {first_name|friend}, 20% off everything until Sunday: {link:https://fernway.example/sale} Reply STOP to end',
    es: '{brand}: {first_name|hola}, 20% en todo hasta el domingo: {link:https://fernway.example/sale} Responde STOP para salir',
  },
  'new-arrivals': {
    program: 'deals',
    en: '{brand}: new coats are in at {city|your} store. Reply STOP to end',
    es: '{brand}: ya hay abrigos nuevos en la tienda de {city|tu ciudad}. Responde STOP para salir',
  },
  'thank-you': {
    program: 'deals',
    en: '{brand}: thank you, {first_name|friend}! How does it fit? Tell us in a text. Reply STOP to end',
    es: '{brand}: gracias, {first_name|hola}. Responde y cuenta como te queda. STOP para salir',
  },
  coats: {
    program: 'deals',
    en: '{brand}: {first_name|friend}, the autumn coats are here, 20% off in {city|your town} until Sunday: {link:https://fernway.example/coats} Reply STOP to end',
    es: '{brand}: {first_name|hola}, más de cien abrigos de otoño con 20% en {city|tu ciudad} hasta el domingo: {link:https://fernway.example/coats} Responde STOP para salir',
  },
  opening: {
    program: 'deals',
    en: '{brand}: {first_name|friend}, our Boise store opens Saturday at 10. See it first: {link:https://fernway.example/boise} Reply STOP to end',
    es: '{brand}: {first_name|hola}, abrimos en Boise el sabado a las 10: {link:https://fernway.example/boise} Responde STOP para salir',
  },
  'order-shipped': {
    program: 'orders',
    en: '{brand}: your order is on its way, {first_name|friend}. It arrives in two days.',
    es: '{brand}: tu pedido va en camino, {first_name|hola}. Llega en dos días.',
  },
  'member-offer': {
    program: 'rewards',
    en: '{brand}: {first_name|friend}, members get 15% off this week: {link:https://fernway.example/members} Reply STOP to end',
    es: '{brand}: {first_name|hola}, 15% para socios esta semana: {link:https://fernway.example/members} Responde STOP para salir',
  },
};

/** A segment that the demo saves. */
type SampleSegment = { name: string; tree: Tree };

export const SEGMENTS: Record<string, SampleSegment> = {
  samples: { name: 'People of the samples', tree: { kind: 'list', oneOf: [LIST] } },
  subscribers: {
    name: 'Subscribers of Fernway Deals',
    tree: { kind: 'subscription', state: 'subscribed', program: 'deals' },
  },
  'good-customers': {
    name: 'Bought three times in a year',
    tree: { kind: 'did', event: 'purchase', times: 3, days: 365 },
  },
  'win-back': {
    name: 'Bought once, and not for 90 days',
    tree: {
      kind: 'all',
      of: [
        { kind: 'did', event: 'purchase', days: 400 },
        { kind: 'did-not', event: 'purchase', days: 90 },
      ],
    },
  },
  members: {
    name: 'Members of Fernway Rewards',
    tree: { kind: 'subscription', state: 'subscribed', program: 'rewards' },
  },
  'no-sure-zone': {
    name: 'Subscribers whose time zone is not sure',
    tree: {
      kind: 'all',
      of: [{ kind: 'subscription', state: 'subscribed', program: 'deals' }, { kind: 'weak-zone' }],
    },
  },
};

/** What the carrier's contract of this retailer costs, made up like the retailer. */
export const PRICES = [
  { country: 'US', kind: 'short-code', media: 'sms', price: '0.0083' },
  { country: 'US', kind: 'toll-free', media: 'sms', price: '0.0088' },
  { country: 'US', kind: 'long-code', media: 'sms', price: '0.0086' },
  { country: 'US', kind: null, media: 'mms', price: '0.0235' },
  { country: 'CA', kind: null, media: 'sms', price: '0.0092' },
] as const;

/** The rules of verification: as Assent comes, with the price of a question. */
export const VERIFICATION_RULES = {
  doors: { opt_ins: 'lookup', contacts: 'lookup' },
  accepted: [],
  cache_days: 90,
  daily_budget: 1000,
  question_price: '0.008',
} as const;

/** People of the samples who are in the shop with two phones. `at`: the places of both among the people. */
export const TWO_PHONES = [
  { at: [31, 32], first_name: 'Marguerite', last_name: 'Okonkwo', birth_date: '1978-06-11' },
  { at: [33, 34], first_name: 'Anselmo', last_name: 'Villanueva', birth_date: '1991-11-03' },
  { at: [35, 36], first_name: 'Ingrid', last_name: 'Halvorsen', birth_date: '1985-02-19' },
] as const;

/** This retailer seldom pays for Lookup, so numbers that nobody verified are no alarm. */
export const VERIFIED_RULE = { warn: 0.2, fail: 0, days: 365 };

/** A campaign as PUT /campaigns/{id} takes it. */
type SampleDraft = { name: string; program: string; topic: string; template: string; segment: Tree };

const named = (id: string): Tree => ({ kind: 'segment', id });

/** Sent at once, so that it is over within a minute; scheduled; a draft; and spread over a day, so that it runs. */
export const CAMPAIGNS: Record<string, SampleDraft> = {
  'weekend-sale': {
    name: 'Weekend sale',
    program: 'deals',
    topic: 'deals',
    template: 'weekend-sale',
    segment: named('samples'),
  },
  'member-week': {
    name: 'Member week',
    program: 'rewards',
    topic: 'offers',
    template: 'member-offer',
    segment: { kind: 'any', of: [named('members'), named('samples')] },
  },
  'winter-coats': {
    name: 'Winter coats',
    program: 'deals',
    topic: 'deals',
    template: 'coats',
    segment: named('win-back'),
  },
  'new-arrivals': {
    name: 'New arrivals',
    program: 'deals',
    topic: 'deals',
    template: 'new-arrivals',
    segment: named('samples'),
  },
};

/** The campaign that is added last. */
export const LAST = 'new-arrivals';

/**
 * The campaigns of the past month: one that went well, one during which a network failed, and one that paused by itself because
 * too many people left.
 */
export const PAST_CAMPAIGNS = {
  'autumn-coats': {
    name: 'Autumn coats',
    program: 'deals',
    topic: 'deals',
    template: 'coats',
    segment: named('subscribers'),
  },
  'boise-opening': {
    name: 'Boise store opening',
    program: 'deals',
    topic: 'deals',
    template: 'opening',
    segment: { kind: 'list', oneOf: ['boise'] },
  },
  'flash-sale': {
    name: 'Flash sale',
    program: 'deals',
    topic: 'deals',
    template: 'weekend-sale',
    segment: named('subscribers'),
  },
} satisfies Record<string, SampleDraft>;

export const JOURNEY = {
  name: 'After a purchase',
  program: 'deals',
  trigger: { kind: 'event', event: 'purchase' },
  again_after_days: 30,
  steps: [{ id: 'fit', wait: { days: 3 }, message: { template: 'thank-you', topic: 'deals' } }],
};
