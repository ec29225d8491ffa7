/** The nouns of one installation: senders, programs, topics. Plain data; stored as it stands here. */
export const LANGUAGES = ['en', 'es', 'fr'] as const;
/** Languages we write in. Opt-out words are understood in more (see `words/`). */
export type Language = (typeof LANGUAGES)[number];

/** Who answers and enforces an opt-out on a sender. See `opt-out-handling.ts`. */
export const HANDLINGS = ['own', 'advanced', 'default', 'network'] as const;
export type Handling = (typeof HANDLINGS)[number];

export const SENDER_KINDS = ['short-code', 'long-code', 'toll-free'] as const;
export type SenderKind = (typeof SENDER_KINDS)[number];

/** One number we send from: E.164, or the digits of a short code. */
export type Sender = {
  number: string;
  kind: SenderKind;
  country: 'US' | 'CA';
  handling: Handling;
  /** Twilio Messaging Service (MG…) the number belongs to, if any. */
  messagingServiceSid: string | null;
  /** Segments a second the carrier takes from it; absent: what its kind usually gets (`senderRate`). */
  rate?: number;
  /** False where the carrier posts no receipts for it: nothing then says how much still waits there. */
  receipts?: boolean;
  /** Registered brand it belongs to; absent: no carrier's daily cap is counted. */
  brand?: Brand;
};

/** A short code of Canada, on which more must be answered. Source: CWTA Common Short Code Guidelines 3.9. */
export const isCanadianCode = (sender: Pick<Sender, 'country' | 'kind'> | null): boolean =>
  sender?.country === 'CA' && sender.kind === 'short-code';

export const PURPOSES = ['marketing', 'informational'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** How often at most, as promised to the person: "4 msgs/month" is 4 in 30 days. */
export type Frequency = { count: number; days: number };

/** At most so many messages to one person in any so many hours. */
export type Cap = { count: number; hours: number };

/** One kind of message a person may choose, with its preference code. */
export type Topic = {
  id: string;
  /** Preference code a person texts, "1". */
  code: string;
  /** Word a person may text instead, upper case, "DEALS". */
  word: string;
  purpose: Purpose;
  name: Record<Language, string>;
  /** How often, as promised to the person: "up to 4 msgs/month". */
  frequency: Record<Language, string>;
  /** The same as a number; absent: what the words say. */
  promised?: Frequency;
  /** Caps of its own beside what is promised. */
  caps?: Cap[];
};

/** One texting program of the brand. */
export type Program = {
  id: string;
  brand: string;
  name: string;
  /** What will be sent, as a noun phrase: "weekly offers and store news". */
  description: Record<Language, string>;
  /** How often the topics come that a JOIN turns on. */
  frequency: Record<Language, string>;
  /** The same as a number; absent: what the words say. */
  promised?: Frequency;
  /** Caps on all its messages to one person, beside what is promised. */
  caps?: Cap[];
  /** Most marketing of all programs that a person may have had for another of this one; absent: `OVERALL`. */
  overallCap?: Cap;
  /** `off`: no cap binds its messages. For demonstrations, and for whom a lawyer told so. */
  capping?: 'off';
  /** Numbers of the senders it uses; the first is the one it writes from. */
  numbers: string[];
  /** Words that ask to join, upper case; also name the program in "STOP <word>". */
  keywords: Partial<Record<Language, string[]>>;
  /** Words that confirm beside YES, SI, OUI; upper case. */
  confirmWords: string[];
  topics: Topic[];
  /** Topics that were removed from the program: people who chose one keep their choice. Absent where none was removed. */
  formerTopics?: Pick<Topic, 'id' | 'purpose'>[];
  /** Topics that a JOIN's prompt names and a YES turns on; every other topic starts off. */
  joinTopics: string[];
  languages: Language[];
  /** Toll-free phone or email, shown in HELP. */
  support: string;
  termsUrl: string;
  privacyUrl: string;
  /** IANA zone, for dates shown to people. */
  zone: string;
  /** Hours a prompt stays open. */
  promptHours: number;
  /** How old consent to its marketing grows, and how long before that it is asked for anew; absent: `CONSENT_AGE`. */
  consentAge?: { months: number; askDays: number };
  /** Age that must be stated before a confirmation counts; null where content needs none. */
  minimumAge: number | null;
  /** `off`: its marketing goes at any hour. For demonstrations, and for whom a lawyer told so. */
  quietHours?: 'off';
  /** What is added to marketing texts whose template does not say it; absent: nothing, and their author is told. */
  marketingTexts?: { brand?: 'add'; optOut?: 'add' };
  status: 'active' | 'ended';
};

/** Why a program cannot be saved, as a sentence; `field`: the one to change, as the API names it, `body` where that is none alone. */
export type ProgramFault = { field: string; message: string };

/** All programs and senders of the installation at one moment. */
export type ProgramBook = { programs: Program[]; senders: Sender[] };

/** Programs that share a number share one space of words and codes. */
export function programsOn(book: ProgramBook, number: string): Program[] {
  return book.programs.filter((program) => program.status === 'active' && program.numbers.includes(number));
}

/** Programs that HELP on a number speaks for to a stranger: those on it, else the first one that goes on elsewhere. */
export function spokenForOn(book: ProgramBook, number: string): Program[] {
  const here = programsOn(book, number);
  return here.length > 0 ? here : book.programs.filter(({ status }) => status === 'active').slice(0, 1);
}

/** Segments a second where none is configured. Source: Twilio Docs, "Understanding Twilio Rate Limits and Message Queues". */
const USUAL_RATE: Record<SenderKind, number> = { 'short-code': 100, 'toll-free': 3, 'long-code': 1 };

export const senderRate = (sender: Sender): number => sender.rate ?? USUAL_RATE[sender.kind];

export function findSender(book: ProgramBook, number: string): Sender | null {
  return book.senders.find((sender) => sender.number === number) ?? null;
}

export function programById({ programs }: Pick<ProgramBook, 'programs'>, id: string | null): Program | null {
  return programs.find((program) => program.id === id) ?? null;
}

/** How the campaign registry ranks a brand. Edges of the scores differ by document; the tier is what the registry shows. */
export const BRAND_TIERS = ['score-75', 'score-50', 'score-1', 'low-volume', 'sole-proprietor'] as const;
export type BrandTier = (typeof BRAND_TIERS)[number];

/** A brand in the campaign registry: all its senders share one count. */
export type Brand = { id: string; tier: BrandTier };
