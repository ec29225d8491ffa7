/** The nouns of one installation: senders, programs, topics. Plain data, stored in this form. */
export const LANGUAGES = ['en', 'es', 'fr'] as const;
/** Languages in which we write. Opt-out words are understood in more (see `words/`). */
export type Language = (typeof LANGUAGES)[number];

/** Who answers and enforces an opt-out on a sender. See `opt-out-handling.ts`. */
export const HANDLINGS = ['own', 'advanced', 'default', 'network'] as const;
export type Handling = (typeof HANDLINGS)[number];

export const SENDER_KINDS = ['short-code', 'long-code', 'toll-free'] as const;
export type SenderKind = (typeof SENDER_KINDS)[number];

/** One number that we send from: E.164, or the digits of a short code. */
export type Sender = {
  number: string;
  kind: SenderKind;
  country: 'US' | 'CA';
  handling: Handling;
  /** Twilio Messaging Service (MG…) of the number, if any. */
  messagingServiceSid: string | null;
  /**
   * Message segments per second that the carrier accepts from it; absent: the usual rate of its kind (`senderRate`).
   */
  rate?: number;
  /**
   * False when the carrier posts no delivery reports for it: nothing then tells how many messages still wait at the
   * carrier.
   */
  receipts?: boolean;
  /** Registered brand of the sender; absent: no carrier's daily cap is counted. */
  brand?: Brand;
};

/**
 * Whether a sender is a Canadian short code, which must answer more kinds of text. Source: CWTA Common Short Code
 * Guidelines 3.9.
 */
export const isCanadianCode = (sender: Pick<Sender, 'country' | 'kind'> | null): boolean =>
  sender?.country === 'CA' && sender.kind === 'short-code';

export const PURPOSES = ['marketing', 'informational'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Maximum frequency promised to the person: "4 msgs/month" is 4 in 30 days. */
export type Frequency = { count: number; days: number };

/** At most `count` messages to one person in any `hours` hours. */
export type Cap = { count: number; hours: number };

/** Words of a program: in each of its languages, and perhaps in others. */
export type LocalWords = Partial<Record<Language, string>>;

/**
 * The words in a language, else in the first language that has them: one answer may name programs that share no
 * language.
 */
export const wordsIn = (words: LocalWords, language: Language): string =>
  words[language] ?? LANGUAGES.map((other) => words[other]).find((text) => text !== undefined) ?? '';

/** One kind of message that a person may choose, with its preference code. */
export type Topic = {
  id: string;
  /** Preference code that a person texts, "1". */
  code: string;
  /** Word that a person may text instead, upper case, "DEALS". */
  word: string;
  purpose: Purpose;
  name: LocalWords;
  /** Frequency as promised to the person: "up to 4 msgs/month". */
  frequency: LocalWords;
  /** The promise as a number; absent: read from the words. */
  promised?: Frequency;
  /** Caps of the topic in addition to the promise. */
  caps?: Cap[];
};

/** One texting program of the brand. */
export type Program = {
  id: string;
  brand: string;
  name: string;
  /** What will be sent, as a noun phrase: "weekly offers and store news". */
  description: LocalWords;
  /** Frequency of the topics that a JOIN turns on. */
  frequency: LocalWords;
  /** The promise as a number; absent: read from the words. */
  promised?: Frequency;
  /** Caps on all messages of the program to one person, in addition to the promise. */
  caps?: Cap[];
  /**
   * Cap on marketing of all programs to one person, applied before this program sends another message; absent:
   * `OVERALL`.
   */
  overallCap?: Cap;
  /** `off`: no cap applies to its messages. For demonstrations, and on a lawyer's advice. */
  capping?: 'off';
  /** Numbers of its senders. The first is the default sender. */
  numbers: string[];
  /** Words that ask to join, upper case. They also name the program in "STOP <word>". */
  keywords: Partial<Record<Language, string[]>>;
  /** Confirmation words in addition to YES, SI, OUI; upper case. */
  confirmWords: string[];
  topics: Topic[];
  /**
   * Topics that were removed from the program: people who chose one keep their choice. Absent when none was removed.
   */
  formerTopics?: Pick<Topic, 'id' | 'purpose'>[];
  /** Topics that a JOIN's prompt names and a YES turns on. Every other topic starts off. */
  joinTopics: string[];
  languages: Language[];
  /** Toll-free phone or email, shown in HELP. */
  support: string;
  termsUrl: string;
  privacyUrl: string;
  /** IANA zone, for dates shown to people. */
  zone: string;
  /** Hours for which a prompt stays open. */
  promptHours: number;
  /** Age at which marketing consent lapses, and days before that to send a renewal prompt; absent: `CONSENT_AGE`. */
  consentAge?: { months: number; askDays: number };
  /** Age that must be stated before a confirmation counts; null when the content needs none. */
  minimumAge: number | null;
  /** `off`: its marketing is sent at any hour. For demonstrations, and on a lawyer's advice. */
  quietHours?: 'off';
  /** What is added to marketing texts whose template lacks it; absent: nothing is added, and the author is warned. */
  marketingTexts?: { brand?: 'add'; optOut?: 'add' };
  /**
   * `allow`: its texts may have links of shorteners that anybody can use. Absent: such texts are refused, because
   * carriers filter them.
   */
  sharedShorteners?: 'allow';
  status: 'active' | 'ended';
};

/**
 * Why a program cannot be saved, as a sentence. `field`: the field to change, as the API names it; `body` when it is
 * no single field.
 */
export type ProgramFault = { field: string; message: string };

/** All programs and senders of the installation at one moment. */
export type ProgramBook = { programs: Program[]; senders: Sender[] };

/** The active programs of a number. They share one namespace of words and codes. */
export function programsOn(book: ProgramBook, number: string): Program[] {
  return book.programs.filter((program) => program.status === 'active' && program.numbers.includes(number));
}

/**
 * Programs that HELP on a number speaks for when the person is in none: those on the number, else the first active
 * one elsewhere.
 */
export function spokenForOn(book: ProgramBook, number: string): Program[] {
  const here = programsOn(book, number);
  return here.length > 0 ? here : book.programs.filter(({ status }) => status === 'active').slice(0, 1);
}

/**
 * Message segments per second unless configured. Source: Twilio Docs, "Understanding Twilio Rate Limits and Message
 * Queues".
 */
const USUAL_RATE: Record<SenderKind, number> = { 'short-code': 100, 'toll-free': 3, 'long-code': 1 };

export const senderRate = (sender: Sender): number => sender.rate ?? USUAL_RATE[sender.kind];

export function findSender(book: ProgramBook, number: string): Sender | null {
  return book.senders.find((sender) => sender.number === number) ?? null;
}

export function programById({ programs }: Pick<ProgramBook, 'programs'>, id: string | null): Program | null {
  return programs.find((program) => program.id === id) ?? null;
}

/**
 * The rank of a brand in the campaign registry. Documents differ on the edges of the scores; the registry shows the
 * tier.
 */
export const BRAND_TIERS = ['score-75', 'score-50', 'score-1', 'low-volume', 'sole-proprietor'] as const;
export type BrandTier = (typeof BRAND_TIERS)[number];

/** A brand in the campaign registry. All its senders share one daily count. */
export type Brand = { id: string; tier: BrandTier };
