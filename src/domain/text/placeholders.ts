/** What a template may name in braces, and what the caller puts there. Values are written for a person, in their language. */
export const PLACEHOLDERS = {
  brand: 'the brand, as a person knows it',
  program: "the program's name",
  description: 'what it sends, as a noun phrase',
  frequency: 'how often, "up to 4 msgs/month"',
  keyword: 'the one word that asks to join',
  keywords: 'words that ask to join, "DEALS (Fernway Deals), CARE (Fernway Care)"',
  confirm: 'the word that confirms, YES',
  support: 'toll-free phone or email',
  terms: 'short URL of the terms',
  privacy: 'short URL of the privacy policy',
  topics: 'names of topics or programs the sentence is about, joined by commas',
  still: 'what the person still gets, joined by commas',
  code: 'preference code of a topic, "1"',
  word: 'word of a topic, "DEALS"',
  topic: 'name of one topic',
  lines: 'menu lines, joined by line feeds; in HELP what each program is, joined by spaces',
  date: 'a day, in the zone of the program',
  days: 'a number of days',
  count: 'a number',
  when: 'day of the agreement, after "on", "el", "le"',
  how: 'how they agreed, or by which door their number came, with its preposition: "by text"',
  answer: 'what answers the open question, after "reply": "YES", "with your birth date"',
  words: "the person's own words when they agreed",
  url: "the person's own signed link",
  number: 'our number to text',
  age: 'a minimum age in years',
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;

export function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}
