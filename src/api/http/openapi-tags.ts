import type { ApiRoute } from './route.ts';

/** The groups of the description, each with one sentence. A route belongs to the group of its first path word. */
const TAGS: Readonly<Record<string, string>> = {
  audit: 'Who read and changed what, as a chain that cannot be changed unnoticed.',
  'back-tests': 'How past texts would be read by changed rules.',
  'campaign-rules': 'What pauses campaigns automatically, and which campaigns need a second person.',
  campaigns: 'Messages to all people of a segment: plan, preview, start, steer, results.',
  checks: 'Whether a message to a person would be allowed now, and why not.',
  'consent-records': 'The proof of what people agreed to and when they took it back.',
  'contact-fields': 'The fields of your own that people can have.',
  'contact-views': 'Lists of people that are saved for everybody, by their filters.',
  contacts: 'People: look up by number, save, status, holders of a number.',
  'coupon-pools': 'Codes that campaigns give to people, one each.',
  deliveries: 'Each message to one person, and what became of it.',
  doctor: 'Whether everything is set up and runs, and what to do where it does not.',
  'error-codes': "The carrier's error codes and what follows from each.",
  'event-types': 'The types of the events that were ever recorded.',
  events: 'What people did elsewhere, such as a purchase.',
  holds: 'Texts that perhaps ask to stop, and wait for a decision.',
  inbox: 'Texts of people that staff should read and answer.',
  incidents: 'Failures that hit many messages at once.',
  jobs: 'Background jobs: what they did and when they run next.',
  journeys: 'Messages that follow one another for each person.',
  keys: 'Keys of this API and what each may do.',
  lists: 'The names of the lists that people are on.',
  messages: 'One message to one person.',
  numbers: 'How phone numbers are read.',
  'opt-ins': 'People who agree to messages.',
  'opt-outs': 'People who want no more messages.',
  people: 'Pairs of contacts that may be one person: merge them, or keep them apart.',
  prices: 'What one part costs, by country, kind of number and medium.',
  programs: 'Programs with their topics, words and caps, to which people agree.',
  quality: 'Rules about the quality of your sending: where each warns and fails, and who handles it.',
  receipts: 'Delivery reports of the carrier that match no message.',
  reports: 'Figures over time: growth, deliverability, quality of the list.',
  requests: 'The last requests of each key, for whoever writes a client.',
  retention: 'How long each kind of data is kept.',
  'saved-answers': 'Answers that staff can send again.',
  segments: 'Who belongs to a group of people, by clauses.',
  senders: 'Our own numbers and whether they send.',
  sent: 'Messages sent and refused, to search.',
  stages: 'The stages of customers and the rules that move people between them.',
  suppressions: 'Numbers that get no message.',
  templates: 'Texts of messages in each language, with their fields.',
  'test-recipients': 'People of your own who get test messages.',
  'verification-rules': 'The limits of codes by text.',
  verifications: 'Codes by text that prove who holds a number.',
};

export const tagOf = ({ path }: Pick<ApiRoute, 'path'>): string => path.split('/')[1] ?? '';

/** The groups of these routes, in alphabetical order. Throws when a group has no sentence. */
export function tagsOf(routes: readonly Pick<ApiRoute, 'path'>[]): { name: string; description: string }[] {
  const names = [...new Set(routes.map(tagOf))].sort();
  return names.map((name) => {
    const description = TAGS[name];
    if (description === undefined)
      throw new Error(
        `The group ${name} of the API has no sentence. Write one in src/api/http/openapi-tags.ts.`,
      );
    return { name, description };
  });
}
