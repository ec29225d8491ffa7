import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import type { Channel } from '../../../src/domain/consent/channels.ts';
import {
  type ConsentState,
  emptyConsentState,
  subscriptionTo,
} from '../../../src/domain/consent/consent-state.ts';
import { decide } from '../../../src/domain/consent/decide.ts';
import type {
  ConsentDecision,
  DecisionContext,
  LedgerDraft,
  PersonAct,
  RenderText,
  ReplyDraft,
} from '../../../src/domain/consent/decision.ts';
import { expireHold } from '../../../src/domain/consent/holds.ts';
import { programValues } from '../../../src/domain/consent/program-text.ts';
import { expirePrompts, isStillAsked } from '../../../src/domain/consent/prompts.ts';
import {
  findSender,
  type Language,
  type Program,
  type ProgramBook,
  programsOn,
  type Sender,
  wordsIn,
} from '../../../src/domain/program.ts';
import { mayReceive } from '../../../src/domain/sending/send-rules.ts';
import { sayer } from '../../../src/domain/text/system-messages.ts';
import { programWordsOf } from '../../../src/domain/words/program-words.ts';
import { readText } from '../../../src/domain/words/read-text.ts';
import type { Reading } from '../../../src/domain/words/reading.ts';
import { wordRulesAt } from '../../../src/domain/words/word-rules.ts';
import { TEMPLATES } from '../text/fernway.ts';
import { CELLAR, CLUB } from './programs.ts';

export const SHOP = SENDERS.shop.number;
export const STYLIST = SENDERS.stylist.number;
export const CLUB_NUMBER = '28556';
export const CELLAR_NUMBER = '28557';
/** Ours, with no program on it. */
export const IDLE_NUMBER = '28558';
/** Not known as ours. */
export const STRAY_NUMBER = '28599';
const code = (number: string): Sender => ({ ...SENDERS.shop, number });

/** The demo's programs; one with two purposes; one for people of 21 and over. */
export const BOOK: ProgramBook = {
  programs: [...PROGRAMS, CLUB, CELLAR],
  senders: [...Object.values(SENDERS), code(CLUB_NUMBER), code(CELLAR_NUMBER), code(IDLE_NUMBER)],
};

/** The same programs on a short code of Canada. */
export const CANADIAN: ProgramBook = {
  ...BOOK,
  senders: BOOK.senders.map((sender) => (sender.number === SHOP ? { ...sender, country: 'CA' } : sender)),
};

export const say: RenderText = sayer(TEMPLATES);

export const disclosure: DecisionContext['disclosure'] = (id, touchpoint) => {
  const program = BOOK.programs.find((program) => program.id === id) as Program;
  const [kind, ...rest] = touchpoint.split('.');
  const language = (rest.at(-1) ?? 'en') as 'en' | 'es' | 'fr';
  const topic = program.topics.find((topic) => topic.id === rest[0]);
  const values = {
    ...programValues(program, language),
    topic: topic?.name[language] ?? '',
    frequency: wordsIn((topic ?? program).frequency, language),
  };
  const keys = { 'sms-prompt': 'prompt', 'sms-renewal': 'renewal' } as const;
  const text = say(keys[kind as keyof typeof keys] ?? 'topics-on-needs-prompt', language, values);
  return { touchpoint, version: 1, text };
};

export type Carrier = PersonAct['carrier'];
export const SILENT_CARRIER: Carrier = { answered: false, blocks: false, unblocks: false, scope: null };

/** One act and what came of it: all the machine wanted to say, and what of it the gate let through. */
export type ActOutcome = ConsentDecision & { said: ReplyDraft[] };

export type Conversation = {
  readonly person: ConsentState;
  readonly now: Date;
  /** Ledger of the whole conversation. */
  readonly ledger: LedgerDraft[];
  readonly last: ActOutcome;
  /** A text to one of our numbers; `at` where it reached us before now. */
  text: (body: string, number?: string, more?: { carrier?: Carrier; at?: Date }) => ActOutcome;
  /** An opt-in by another door; its prompt leaves with `handOver`. */
  door: (program: string, channel?: Exclude<Channel, 'VIA_TEXT'>, language?: Language) => ActOutcome;
  /** An opt-out by another door. */
  leave: (reading?: Partial<Reading>) => ActOutcome;
  handOver: () => void;
  wait: (ms: number) => void;
  /** The sweeps of the worker: prompts and holds whose time is over. */
  sweep: () => void;
  /** Something a job found out; `find` gives the change. False where there was none. */
  learn: (
    find: (person: ConsentState, now: Date) => Pick<ConsentDecision, 'person' | 'events'> | null,
  ) => boolean;
};

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const DAY = 24 * HOUR;
export const START = new Date('2026-05-20T16:00:00Z');

/** A person's dealings with us, over the real words, rules, texts and gate; time moves by `wait` alone, and 1 ms an act. */
export function converse(book: ProgramBook = BOOK): Conversation {
  let person = emptyConsentState();
  let now = START;
  let last: ActOutcome = { person, events: [], replies: [], said: [] };
  const ledger: LedgerDraft[] = [];
  let ids = 0;
  let acts = 0;

  const act = (turn: Pick<DecisionContext, 'act' | 'decidedAt'>): ActOutcome => {
    const sender = findSender(book, turn.act.number);
    const newId = (): string => `p${++ids}`;
    const replyId = `reply ${++acts}`;
    const outcome = decide({ ...turn, person, book, sender, say, disclosure, newId, replyId });
    ledger.push(...outcome.events);
    const own = turn.act.channel === 'VIA_TEXT';
    const said = own
      ? outcome.replies.filter((reply) => passes(reply, outcome.person, turn.act, { book, now }))
      : [];
    const handed = new Set(said.map(({ prompt }) => prompt));
    const prompts = outcome.person.prompts.map((prompt) =>
      handed.has(prompt.id) ? { ...prompt, handedOverAt: prompt.handedOverAt ?? now } : prompt,
    );
    person = { ...outcome.person, prompts };
    last = { ...outcome, person, said };
    now = new Date(now.getTime() + 1);
    return last;
  };
  const base = { language: null, rule: 'door:test', rules: 'door-1' };
  return {
    get person() {
      return person;
    },
    get now() {
      return now;
    },
    get last() {
      return last;
    },
    ledger,
    text: (body, number = SHOP, { carrier = SILENT_CARRIER, at = now } = {}) => {
      const reading = readText(body, programWordsOf(programsOn(book, number)), wordRulesAt(at));
      return act({
        act: { channel: 'VIA_TEXT', number, receivedAt: at, reading, words: body, carrier },
        decidedAt: now,
      });
    },
    door: (id, channel = 'WEB_FORM', language) => {
      const number = book.programs.find((program) => program.id === id)?.numbers[0] ?? '';
      const reading: Reading = { ...base, language: language ?? null, kind: 'join', program: id };
      return act({
        act: { channel, number, receivedAt: now, reading, words: '', carrier: SILENT_CARRIER },
      });
    },
    leave: (more = {}) => {
      const reading = { ...base, kind: 'stop-all', by: 'exact', wrongNumber: false, ...more } as Reading;
      const carrier = SILENT_CARRIER;
      return act({ act: { channel: 'WEB_FORM', number: '', receivedAt: now, reading, words: '', carrier } });
    },
    handOver: () => {
      const prompts = person.prompts.map((prompt) => ({
        ...prompt,
        handedOverAt: prompt.handedOverAt ?? now,
      }));
      person = { ...person, prompts };
      now = new Date(now.getTime() + 1);
    },
    wait: (ms) => {
      now = new Date(now.getTime() + ms);
    },
    sweep: () => {
      for (const sweep of [expirePrompts, expireHold]) {
        const swept = sweep(person, now);
        if (swept === null) continue;
        ledger.push(...swept.events);
        person = swept.person;
      }
      now = new Date(now.getTime() + 1);
    },
    learn: (find) => {
      const found = find(person, now);
      if (found === null) return false;
      ledger.push(...found.events);
      person = found.person;
      now = new Date(now.getTime() + 1);
      return true;
    },
  };
}

function passes(
  reply: ReplyDraft,
  person: ConsentState,
  act: PersonAct,
  { book, now }: { book: ProgramBook; now: Date },
): boolean {
  const program = book.programs.find(({ id }) => id === reply.program) ?? null;
  const sender = findSender(book, act.number);
  const service = sender?.messagingServiceSid ?? null;
  const request = {
    class: reply.class,
    target: { program: reply.program, topic: null, sender: act.number, service },
    answers: { receivedAt: act.receivedAt },
    own: true,
    promptOpen: isStillAsked(person, reply.prompt, now),
    handling: sender?.handling ?? null,
  };
  return mayReceive(request, person, program, now).allowed;
}

/** What decides, in few words: "deals subscribed deals,news", and "all opt-out 2 deals:1". */
export function stateOf(person: ConsentState): string[] {
  const subscriptions = person.subscriptions.map(({ program, state, topics }) =>
    [program, state, state === 'subscribed' ? topics.join() : ''].join(' ').trim(),
  );
  const suppressions = person.suppressions.map(({ scope, kind, generation, lifts }) => {
    const lifted = Object.entries(lifts).map(([program, upTo]) => ` ${program}:${upTo}`);
    return `${scope} ${kind} ${generation}${lifted.join('')}`;
  });
  return [...subscriptions, ...suppressions].sort();
}

export const spoken = (replies: readonly ReplyDraft[]): string[] =>
  replies.map((reply) => `${reply.class} ${reply.template} ${reply.language}`);

export const topicsOf = (person: ConsentState, program: string): string[] =>
  subscriptionTo(person, program)?.topics ?? [];

/** A text that is worked on so long after it came that it may not be confirmed any more. */
export const late = (body: string) => (talk: Conversation) => {
  const at = talk.now;
  talk.wait(600 * SECOND);
  talk.text(body, undefined, { at });
};
