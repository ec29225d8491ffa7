import type { Program, Sender, Topic } from '../../src/domain/program.ts';

/** The retailer of the demo. Its short code handles opt-outs itself; its long code leaves them to the default of the carrier. */
export const SENDERS: Record<'shop' | 'stylist', Sender> = {
  shop: { number: '28555', kind: 'short-code', country: 'US', handling: 'own', messagingServiceSid: null },
  stylist: {
    number: '+15550100199',
    kind: 'long-code',
    country: 'US',
    handling: 'default',
    messagingServiceSid: null,
  },
};

const URLS = { termsUrl: 'https://fernway.example/terms', privacyUrl: 'https://fernway.example/privacy' };

const BRAND = {
  ...URLS,
  brand: 'Fernway',
  support: '1-800-555-0142',
  zone: 'America/New_York',
  promptHours: 72,
  minimumAge: null,
  // A demo works at any hour. Without this line the legal hours hold.
  quietHours: 'off' as const,
  // A demo does not stop after three texts either. Without this line the caps of the law and of the promises hold.
  capping: 'off' as const,
  status: 'active' as const,
  confirmWords: [],
};

const deals: Topic = {
  id: 'deals',
  code: '1',
  word: 'DEALS',
  purpose: 'marketing',
  name: { en: 'Weekly deals', es: 'Ofertas semanales', fr: 'Offres de la semaine' },
  frequency: { en: '4 msgs/month', es: '4 msjs/mes', fr: '4 msgs/mois' },
};

const news: Topic = {
  id: 'news',
  code: '2',
  word: 'NEWS',
  purpose: 'marketing',
  name: { en: 'Store news', es: 'Novedades', fr: 'Nouveautés' },
  frequency: { en: '2 msgs/month', es: '2 msjs/mes', fr: '2 msgs/mois' },
};

const events: Topic = {
  id: 'events',
  code: '3',
  word: 'EVENTS',
  purpose: 'marketing',
  name: { en: 'Local events', es: 'Eventos locales', fr: 'Rencontres locales' },
  frequency: { en: '1 msg/month', es: '1 msj/mes', fr: '1 msg/mois' },
};

const orders: Topic = {
  id: 'orders',
  code: '4',
  word: 'SHIPPING',
  purpose: 'informational',
  name: { en: 'Order updates', es: 'Avisos de pedidos', fr: 'Suivi des commandes' },
  frequency: { en: '3 msgs/order', es: '3 msjs/pedido', fr: '3 msgs/commande' },
};

const pickup: Topic = {
  id: 'pickup',
  code: '5',
  word: 'PICKUP',
  purpose: 'informational',
  name: { en: 'Pickup reminders', es: 'Avisos de recogida', fr: 'Rappels de retrait' },
  frequency: { en: '1 msg/order', es: '1 msj/pedido', fr: '1 msg/commande' },
};

const looks: Topic = {
  id: 'looks',
  code: '6',
  word: 'LOOKS',
  purpose: 'marketing',
  name: { en: 'New looks', es: 'Nuevos estilos', fr: 'Nouveaux styles' },
  frequency: { en: '2 msgs/month', es: '2 msjs/mes', fr: '2 msgs/mois' },
};

const offers: Topic = {
  id: 'offers',
  code: '1',
  word: 'OFFERS',
  purpose: 'marketing',
  name: { en: 'Member offers', es: 'Ofertas para socios', fr: 'Offres aux membres' },
  frequency: { en: '4 msgs/month', es: '4 msjs/mes', fr: '4 msgs/mois' },
};

const points: Topic = {
  id: 'points',
  code: '2',
  word: 'POINTS',
  purpose: 'informational',
  name: { en: 'Points balance', es: 'Saldo de puntos', fr: 'Solde de points' },
  frequency: { en: '2 msgs/month', es: '2 msjs/mes', fr: '2 msgs/mois' },
};

/** Two programs on one short code, and a third on a long code. */
export const PROGRAMS: Program[] = [
  {
    ...BRAND,
    id: 'deals',
    name: 'Fernway Deals',
    description: { en: 'weekly offers', es: 'ofertas semanales', fr: 'offres de la semaine' },
    frequency: { en: '4 msgs/month', es: '4 msjs/mes', fr: '4 msgs/mois' },
    numbers: [SENDERS.shop.number],
    keywords: { en: ['JOIN'], es: ['UNIRME'], fr: ['REJOINDRE'] },
    topics: [deals, news, events],
    joinTopics: ['deals'],
    languages: ['en', 'es', 'fr'],
  },
  {
    ...BRAND,
    id: 'orders',
    name: 'Fernway Orders',
    description: { en: 'order updates', es: 'avisos de pedidos', fr: 'suivi des commandes' },
    frequency: { en: '3 msgs/order', es: '3 msjs/pedido', fr: '3 msgs/commande' },
    numbers: [SENDERS.shop.number],
    keywords: { en: ['ORDERS'], es: ['PEDIDOS'], fr: ['COMMANDES'] },
    topics: [orders, pickup],
    joinTopics: ['orders'],
    languages: ['en', 'es', 'fr'],
  },
  {
    ...BRAND,
    id: 'stylist',
    name: 'Fernway Stylist',
    description: { en: 'new looks', es: 'nuevos estilos', fr: 'nouveaux styles' },
    frequency: { en: '2 msgs/month', es: '2 msjs/mes', fr: '2 msgs/mois' },
    numbers: [SENDERS.stylist.number],
    keywords: { en: ['STYLE'], es: ['ESTILO'], fr: ['ALLURE'] },
    topics: [looks],
    joinTopics: ['looks'],
    languages: ['en', 'es', 'fr'],
  },
];

const { quietHours: _, capping: __, ...BOUND } = BRAND;

/** A toll-free number: its network answers STOP, and blocks the person. */
const CLUB: Sender = {
  number: '+18885550188',
  kind: 'toll-free',
  country: 'US',
  handling: 'network',
  messagingServiceSid: null,
};

/**
 * The program of the demo that keeps the legal hours and the caps. It has a number of its own, so that nothing changes on the
 * numbers of the others, which work at any hour.
 */
const REWARDS: Program = {
  ...BOUND,
  id: 'rewards',
  name: 'Fernway Rewards',
  description: { en: 'member offers', es: 'ofertas para socios', fr: 'offres aux membres' },
  frequency: { en: '4 msgs/month', es: '4 msjs/mes', fr: '4 msgs/mois' },
  caps: [{ count: 2, hours: 7 * 24 }],
  numbers: [CLUB.number],
  keywords: { en: ['REWARDS'], es: ['PREMIOS'], fr: ['AVANTAGES'] },
  topics: [offers, points],
  joinTopics: ['offers', 'points'],
  languages: ['en', 'es', 'fr'],
};

/** Everything that `npm run demo` has. Tests and benches begin without the last program. */
export const DEMO_SENDERS = { ...SENDERS, rewards: CLUB } as const;
export const DEMO_PROGRAMS: readonly Program[] = [...PROGRAMS, REWARDS];
