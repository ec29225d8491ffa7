import { DAY_MS } from '../durations.ts';
import {
  isCanadianCode,
  type Language,
  type Program,
  type ProgramBook,
  type ProgramFault,
  programsOn,
  spokenForOn,
  type Topic,
  wordsIn,
} from '../program.ts';
import { countParts, fitsTwilio } from '../text/parts.ts';
import type { TemplateKey } from '../text/system-messages.ts';
import { REACTION_RULE } from '../words/reading.ts';
import { allCome, type ChosenTopic, chosenIn, nowSentence, type Obstacle } from './coming-texts.ts';
import {
  agreedByText,
  type Basis,
  type ConsentState,
  isSubscribed,
  menuLine,
  openPrompt,
  subscriptionTo,
} from './consent-state.ts';
import {
  type ConsentDecision,
  type DecisionContext,
  ledgerDraft,
  nothing,
  type RenderText,
  type ReplyDraft,
} from './decision.ts';
import { aboutQuestion, notSubscribed, programsIn, replyAbout } from './preferences.ts';
import { dateFor, languageFor, programValues } from './program-text.ts';
import { answerTo, type OpenQuestion, openQuestion } from './prompts.ts';

/**
 * HELP is answered for everyone, at any time: for each program that the person is in; else for the program of an open
 * prompt; else for all programs of the number in one text; else for a program that continues on another number; else
 * for the brand, which then sends nothing. Many programs share messages. Source: CTIA Short Code Monitoring Handbook;
 * Twilio Help 223182208.
 */
export function help(turn: DecisionContext): ConsentDecision {
  const here = programsOn(turn.book, turn.act.number);
  const mine = here.filter((program) => isSubscribed(turn.person, program.id));
  const asked = here.filter((program) => program.id === openPrompt(turn.person, turn.act.number)?.program);
  const theirs = mine.length > 0 ? mine : asked;
  const replies = theirs.length > 0 ? theirs.map((program) => helpOf(turn, program)) : helpToStranger(turn);
  const helping = replies.map((reply) => ({ ...reply, class: 'help' as const }));
  return { person: turn.person, events: [], replies: withinAnswer(helping) };
}

function helpOf(turn: DecisionContext, program: Program): ReplyDraft {
  return replyAbout(turn, program, 'help', languageFor(program, turn.act.reading.language, turn.person));
}

function helpToStranger(turn: DecisionContext): ReplyDraft[] {
  const [first, ...others] = spokenForOn(turn.book, turn.act.number);
  if (first === undefined) return helpOfBrand(turn);
  const reply = helpOf(turn, first);
  if (others.length === 0) return [reply];
  const text = helpAbout(first, others, reply.language, turn.say);
  return [{ ...reply, template: 'help-general', text }];
}

function helpOfBrand(turn: DecisionContext): ReplyDraft[] {
  const [ended] = turn.book.programs;
  if (ended === undefined) return [];
  const language = languageFor(ended, turn.act.reading.language, turn.person);
  return [{ ...replyAbout(turn, ended, 'help-ended', language), program: null }];
}

/**
 * MENU: codes, topics, frequency, and which topics are on. Recorded in the ledger, so that a later code can refer to
 * it.
 */
export function menu(turn: DecisionContext): ConsentDecision {
  const mine = programsOn(turn.book, turn.act.number).filter((program) =>
    isSubscribed(turn.person, program.id),
  );
  const first = mine[0];
  if (first === undefined) return notSubscribed(turn);
  const language = languageFor(first, turn.act.reading.language, turn.person);
  const pages = menuPages(first, menuEntries(turn, mine), language, turn.say).slice(0, MOST_MESSAGES);
  const shown = pages.flatMap(({ entries }) => entries);
  const event = ledgerDraft('menu-shown', {
    program: mine.length === 1 ? first.id : null,
    topics: shown.map(({ topic }) => topic.id),
    shown: pages.map(({ text }) => text).join('\n'),
  });
  const menuTopics = shown.map(({ program, topic }) => menuLine(program, topic));
  const person = { ...turn.person, menuSeq: turn.person.seq + 1, menuTopics };
  const fields = { class: 'reply' as const, program: first.id, language, prompt: null };
  return {
    person,
    events: [event],
    replies: pages.map(({ template, text }) => ({ ...fields, template, text })),
  };
}

function menuEntries(turn: DecisionContext, programs: readonly Program[]): MenuEntry[] {
  return programs.flatMap((program) => {
    const chosen = chosenIn(turn, [program]);
    return program.topics.map((topic) => ({ program, topic, label: labelOf(topic, chosen) }));
  });
}

function labelOf(topic: Topic, chosen: readonly ChosenTopic[]): MenuLabel {
  const found = chosen.find((choice) => choice.topic === topic);
  if (found === undefined) return 'off';
  return found.obstacle === null ? 'on' : (LABELS[found.obstacle] ?? 'waiting');
}

const LABELS: Partial<Record<Obstacle, MenuLabel>> = { held: 'held', paused: 'paused' };

/**
 * WHY: when, how and by which words the person agreed, through which other channel the program was requested, and
 * what comes now. For an open prompt: when and through which channel the number came to us.
 */
export function why(turn: DecisionContext): ConsentDecision {
  const mine = programsIn(turn);
  const question = openQuestion(turn);
  if (mine.length === 0 && question === null) {
    return whyNone(turn, programsOn(turn.book, turn.act.number)[0]);
  }
  const replies = mine.flatMap((program) => {
    const basis = subscriptionTo(turn.person, program.id)?.basis ?? null;
    if (basis === null) return [];
    const language = languageFor(program, turn.act.reading.language, turn.person);
    const chosen = chosenIn(turn, [program]);
    return replyAbout(turn, program, whyTemplate(basis, allCome(chosen)), language, {
      when: dateFor(basis.at, program, language),
      how: HOW[language][basis.channel],
      words: basis.words,
      now: nowSentence(turn, chosen, language),
    });
  });
  const asked = question === null ? [] : [whyAsked(turn, question)];
  return { person: turn.person, events: [], replies: withinAnswer([...replies, ...asked]) };
}

/** `comes`: whether all that is on comes now. Then the answer says "you get"; otherwise it says what comes and why not. */
function whyTemplate(basis: Basis, comes: boolean): TemplateKey {
  const isAskedFor = agreedByText(basis) && basis.channel !== 'VIA_TEXT';
  if (comes) return isAskedFor ? 'why-asked-for' : 'why';
  return isAskedFor ? 'why-now-asked-for' : 'why-now';
}

/** Somebody may have entered a number that is not theirs, so its holder is told how it came to us. */
function whyAsked(turn: DecisionContext, question: OpenQuestion): ReplyDraft {
  const { prompt, program } = question;
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const values = {
    when: dateFor(prompt.issuedAt, program, language),
    how: HOW[language][prompt.channel],
    answer: answerTo(question, language),
  };
  return aboutQuestion(replyAbout(turn, program, 'why-asked', language, values), question);
}

const HOW = {
  en: {
    VIA_TEXT: 'by text',
    WEB_FORM: 'on our web form',
    PAPER_FORM: 'on a paper form',
    VERBAL: 'in person or by phone',
    MOBILE_QR_CODE: 'by QR code',
    IMPORT: 'in our earlier system',
  },
  es: {
    VIA_TEXT: 'por mensaje de texto',
    WEB_FORM: 'en nuestro formulario web',
    PAPER_FORM: 'en un formulario de papel',
    VERBAL: 'en persona o por llamada',
    MOBILE_QR_CODE: 'con un QR',
    IMPORT: 'en nuestro sistema anterior',
  },
  fr: {
    VIA_TEXT: 'par texto',
    WEB_FORM: 'sur notre formulaire web',
    PAPER_FORM: 'sur un formulaire papier',
    VERBAL: 'en personne ou par appel',
    MOBILE_QR_CODE: 'par code QR',
    IMPORT: 'dans notre ancien service',
  },
} as const;

function whyNone(turn: DecisionContext, program: Program | undefined): ConsentDecision {
  if (program === undefined) return nothing(turn.person);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const reply = replyAbout(turn, program, 'why-none', language);
  return { person: turn.person, events: [], replies: [{ ...reply, program: null }] };
}

/**
 * Answers a text that no rule knows: with `better` when given, else with a pointer to HELP once a day per person.
 * Never answers a reaction. The gate refuses the answer to a person on hold or opted out, except on a Canadian short
 * code.
 */
export function unknown(turn: DecisionContext, better: ConsentDecision | null = null): ConsentDecision {
  if (turn.act.reading.rule === REACTION_RULE) return nothing(turn.person);
  if (better !== null) return better;
  const here = programsOn(turn.book, turn.act.number);
  const program = here.find((program) => isSubscribed(turn.person, program.id)) ?? here[0];
  if (program === undefined || answeredToday(turn.person, turn.act.receivedAt)) return nothing(turn.person);
  const unknownAnsweredAt = turn.act.receivedAt;
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const of = isCanadianCode(turn.sender) ? 'required-answer' : 'unknown-answer';
  const reply: ReplyDraft = { ...replyAbout(turn, program, 'unknown', language), class: of };
  return { person: { ...turn.person, unknownAnsweredAt }, events: [], replies: [reply] };
}

function answeredToday(person: ConsentState, now: Date): boolean {
  return person.unknownAnsweredAt !== null && now.getTime() - person.unknownAnsweredAt.getTime() < DAY_MS;
}

/**
 * HELP for a person in none of a number's programs, in one part: each program with what it is and its keyword. When
 * that is too long, without the keywords; then fewer programs, dropping the last first; at least the help text of the
 * first one.
 * Source of the content: Twilio Help 223182208; of the length: Twilio Help 223181928.
 */
export function helpAbout(
  first: Program,
  others: readonly Program[],
  language: Language,
  say: RenderText,
): string {
  const about = programValues(first, language);
  const spoken = [first, ...others];
  for (let count = spoken.length; count > 1; count -= 1) {
    for (const line of ['help-line', 'help-line-short'] as const) {
      const lines = spoken
        .slice(0, count)
        .map((program) => say(line, language, programValues(program, language)));
      const text = say('help-general', language, { ...about, lines: lines.join(' ') });
      if (countParts(text).parts === 1) return text;
    }
  }
  return say('help', language, about);
}

/** Maximum messages in one answer to a text. Twilio drops the rest. Source: Twilio Docs, error 14109. */
const MOST_MESSAGES = 10;

/** Distributes items in order over as few messages as hold them. `text` renders the items of one message. */
function dealt<Item>(items: readonly Item[], text: (items: readonly Item[]) => string): Item[][] {
  const hands: Item[][] = [];
  for (const item of items) {
    const hand = hands.at(-1);
    if (hand !== undefined && fitsTwilio(text([...hand, item]))) hand.push(item);
    else hands.push([item]);
  }
  return hands;
}

/**
 * Fits replies into one answer: unchanged, or, when there are too many, several per message, each in its own words.
 * Drops what exceeds ten full messages, which the carrier would drop anyway.
 */
function withinAnswer(replies: readonly ReplyDraft[]): ReplyDraft[] {
  if (replies.length <= MOST_MESSAGES) return [...replies];
  const together = (some: readonly ReplyDraft[]): string => some.map(({ text }) => text).join('\n');
  return dealt(replies, together)
    .slice(0, MOST_MESSAGES)
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, text: together([first, ...others]) }],
    );
}

/** Whether a topic is on and its texts come. Each label has its templates, `menu-line-<label>`. */
type MenuLabel = 'on' | 'off' | 'held' | 'paused' | 'waiting';

/** A topic as a menu shows it. */
type MenuEntry = { program: Program; topic: Topic; label: MenuLabel };

/** One message of a menu. Each message says how to choose and how to end everything. */
type MenuPage = { template: TemplateKey; text: string; entries: MenuEntry[] };

/**
 * A menu in the words of `first`: in one message; when that is too long, without the frequency of each topic; when
 * that is too long as well, in several messages.
 */
function menuPages(
  first: Program,
  entries: readonly MenuEntry[],
  language: Language,
  say: RenderText,
): MenuPage[] {
  const text =
    (short: '' | '-short') =>
    (some: readonly MenuEntry[]): string => {
      const lines = some.map(({ topic, label }) =>
        say(`menu-line-${label}${short}`, language, lineOf(topic, language)),
      );
      return say('menu', language, { ...programValues(first, language), lines: lines.join('\n') });
    };
  if (entries.length === 0) {
    return [
      {
        template: 'menu-none',
        text: say('menu-none', language, programValues(first, language)),
        entries: [],
      },
    ];
  }
  const whole = { template: 'menu' as const, text: text('')(entries), entries: [...entries] };
  if (fitsTwilio(whole.text)) return [whole];
  return dealt(entries, text('-short')).map((some) => ({
    ...whole,
    text: text('-short')(some),
    entries: some,
  }));
}

const lineOf = ({ code, word, name, frequency }: Topic, language: Language): Record<string, string> => ({
  ...{ code, word, topic: wordsIn(name, language) },
  frequency: wordsIn(frequency, language),
});

/**
 * Why a program may not be saved: a person in all programs of one of its numbers could not be shown their topics in
 * one answer. `after`: all programs with this one saved. Null when the menu fits, or takes no more messages than
 * before.
 */
export function menuFault(
  saved: Program,
  before: ProgramBook,
  after: ProgramBook,
  say: RenderText,
): ProgramFault | null {
  const tooLong = saved.numbers.find((number) => {
    const most = Math.max(MOST_MESSAGES, pagesOn(before, number, say));
    return pagesOn(after, number, say) > most;
  });
  if (tooLong === undefined) return null;
  const message = `MENU on ${tooLong} would take more than ${MOST_MESSAGES} messages, and the carrier drops the others. Have fewer topics on one number, or shorter names. (Twilio Docs, errors 14109, 21617)`;
  return { field: 'topics', message };
}

/**
 * Maximum messages of the menu of all programs on a number, over all their languages, with the longest brand name and
 * the longest label.
 */
function pagesOn(book: ProgramBook, number: string, say: RenderText): number {
  const here = programsOn(book, number);
  const [first] = here.toSorted((a, b) => b.brand.length - a.brand.length);
  if (first === undefined) return 0;
  const entries = here.flatMap((program) =>
    program.topics.map((topic) => ({ program, topic, label: 'waiting' as const })),
  );
  const languages = new Set(here.flatMap((program) => program.languages));
  return Math.max(...[...languages].map((language) => menuPages(first, entries, language, say).length));
}
