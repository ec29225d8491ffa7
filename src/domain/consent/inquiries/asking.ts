import { DAY_MS } from '../../durations.ts';
import { isCanadianCode, type Program, programsOn, spokenForOn } from '../../program.ts';
import { REACTION_RULE } from '../../words/reading.ts';
import { dateFor, languageFor, topicNames, topicsOn } from '../naming.ts';
import { draft, nothing, type Outcome, type Reply, type Turn } from '../outcome.ts';
import { agreedByText, isSubscribed, menuLine, openPrompt, type Person, subscriptionTo } from '../person.ts';
import { aboutQuestion, notSubscribed, programsIn, replyAbout } from '../preferences.ts';
import { answerTo, type OpenQuestion, openQuestion } from '../questions/open-question.ts';
import { MOST_MESSAGES, withinAnswer } from './fitting.ts';
import { helpAbout } from './helping.ts';
import { type MenuEntry, menuPages } from './menu-pages.ts';

/**
 * HELP is answered for everyone, at any time: for each program the person is in (of very many several to a message), else for the one a question is open
 * about, else for all of the number in one text, else for one that goes on elsewhere, else for the brand, which then sends
 * nothing. Source: CTIA Short Code Monitoring Handbook; Twilio Help 223182208.
 */
export function help(turn: Turn): Outcome {
  const here = programsOn(turn.book, turn.act.number);
  const mine = here.filter((program) => isSubscribed(turn.person, program.id));
  const asked = here.filter((one) => one.id === openPrompt(turn.person, turn.act.number)?.program);
  const theirs = mine.length > 0 ? mine : asked;
  const replies = theirs.length > 0 ? theirs.map((one) => helpOf(turn, one)) : helpToStranger(turn);
  const said = replies.map((reply) => ({ ...reply, class: 'help' as const }));
  return { person: turn.person, events: [], replies: withinAnswer(said) };
}

function helpOf(turn: Turn, program: Program): Reply {
  return replyAbout(turn, program, 'help', languageFor(program, turn.act.reading.language, turn.person));
}

function helpToStranger(turn: Turn): Reply[] {
  const [first, ...others] = spokenForOn(turn.book, turn.act.number);
  if (first === undefined) return helpOfBrand(turn);
  const reply = helpOf(turn, first);
  if (others.length === 0) return [reply];
  const text = helpAbout(first, others, reply.language, turn.say);
  return [{ ...reply, template: 'help-general', text }];
}

function helpOfBrand(turn: Turn): Reply[] {
  const [ended] = turn.book.programs;
  if (ended === undefined) return [];
  const language = languageFor(ended, turn.act.reading.language, turn.person);
  return [{ ...replyAbout(turn, ended, 'help-ended', language), program: null }];
}

/** MENU: codes, what each is, how often, which are on; kept in the ledger, so that a code can point to it. */
export function menu(turn: Turn): Outcome {
  const mine = programsOn(turn.book, turn.act.number).filter((one) => isSubscribed(turn.person, one.id));
  const first = mine[0];
  if (first === undefined) return notSubscribed(turn);
  const language = languageFor(first, turn.act.reading.language, turn.person);
  const pages = menuPages(first, menuEntries(turn, mine), language, turn.say).slice(0, MOST_MESSAGES);
  const shown = pages.flatMap(({ entries }) => entries);
  const event = draft('menu-shown', {
    program: mine.length === 1 ? first.id : null,
    topics: shown.map(({ topic }) => topic.id),
    shown: pages.map(({ text }) => text).join('\n'),
  });
  const menuTopics = shown.map(({ program, topic }) => menuLine(program, topic));
  const person = { ...turn.person, menuSeq: turn.person.seq + 1, menuTopics };
  const said = { class: 'reply' as const, program: first.id, language, prompt: null };
  return {
    person,
    events: [event],
    replies: pages.map(({ template, text }) => ({ ...said, template, text })),
  };
}

function menuEntries({ person }: Turn, programs: readonly Program[]): MenuEntry[] {
  return programs.flatMap((program) => {
    const on = topicsOn(person, program);
    return program.topics.map((topic) => ({ program, topic, on: on.includes(topic) }));
  });
}

/** WHY: when, how and by which words they agreed, and by which other door that was asked for; of an open question, by which door and when their number came. */
export function why(turn: Turn): Outcome {
  const mine = programsIn(turn);
  const question = openQuestion(turn);
  if (mine.length === 0 && question === null) {
    return whyNone(turn, programsOn(turn.book, turn.act.number)[0]);
  }
  const replies = mine.flatMap((program) => {
    const basis = subscriptionTo(turn.person, program.id)?.basis ?? null;
    if (basis === null) return [];
    const language = languageFor(program, turn.act.reading.language, turn.person);
    const template = agreedByText(basis) && basis.channel !== 'VIA_TEXT' ? 'why-asked-for' : 'why';
    return replyAbout(turn, program, template, language, {
      when: dateFor(basis.at, program, language),
      how: HOW[language][basis.channel],
      words: basis.words,
      topics: topicNames(topicsOn(turn.person, program), language),
    });
  });
  const asked = question === null ? [] : [whyAsked(turn, question)];
  return { person: turn.person, events: [], replies: withinAnswer([...replies, ...asked]) };
}

/** Somebody may have entered a number that is not theirs: whoever it belongs to learns how it came to us. */
function whyAsked(turn: Turn, question: OpenQuestion): Reply {
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

function whyNone(turn: Turn, program: Program | undefined): Outcome {
  if (program === undefined) return nothing(turn.person);
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const reply = replyAbout(turn, program, 'why-none', language);
  return { person: turn.person, events: [], replies: [{ ...reply, program: null }] };
}

/**
 * A text no rule knows: gives the answer that is `better`, else points to HELP, that once a day and person; never to a
 * reaction, nor, but on a Canadian short code, to someone held or opted out (the gate sees to it).
 */
export function unknown(turn: Turn, better: Outcome | null = null): Outcome {
  if (turn.act.reading.rule === REACTION_RULE) return nothing(turn.person);
  if (better !== null) return better;
  const here = programsOn(turn.book, turn.act.number);
  const program = here.find((one) => isSubscribed(turn.person, one.id)) ?? here[0];
  if (program === undefined || answeredToday(turn.person, turn.act.receivedAt)) return nothing(turn.person);
  const unknownAnsweredAt = turn.act.receivedAt;
  const language = languageFor(program, turn.act.reading.language, turn.person);
  const of = isCanadianCode(turn.sender) ? 'required-answer' : 'unknown-answer';
  const reply: Reply = { ...replyAbout(turn, program, 'unknown', language), class: of };
  return { person: { ...turn.person, unknownAnsweredAt }, events: [], replies: [reply] };
}

function answeredToday(person: Person, now: Date): boolean {
  return person.unknownAnsweredAt !== null && now.getTime() - person.unknownAnsweredAt.getTime() < DAY_MS;
}
