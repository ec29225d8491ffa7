import { explainDelivery, type MOMENTS } from '../../contacts/deliveries.ts';
import { costOfDelivery, personName } from '../../contacts/sent-messages.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { MESSAGE_STATES, messageSentence } from '../../domain/contacts/timeline.ts';
import { MINUTE_MS } from '../../domain/durations.ts';
import { programById } from '../../domain/program.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { addressOf, FIGURES, moneyOf, shownPerson } from './sent-views.ts';

const DELIVERY_ID = /^[0-9a-f]{2}[\w-]{24}$/;

type Explained = NonNullable<Awaited<ReturnType<typeof explainDelivery>>>;

const MOMENT_WORDS: Readonly<Record<(typeof MOMENTS)[number], string>> = {
  planned: 'Planned.',
  decided: 'The rules decided about it.',
  flagged: 'A process took it to hand it over.',
  accepted: 'The carrier accepted it.',
  sent: 'The carrier passed it on.',
  ended: 'Its end was reported.',
};

const PLANNED_AND_DECIDED = 'Planned, and the rules decided about it at once.';

/** One message: what became of it, why, and what is known of its way. */
export const MESSAGE_PAGE = definePage({
  method: 'get',
  path: '/sent/:id',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, viewer, request, show, t } = call;
    const given = request.params.id;
    const id = typeof given === 'string' && DELIVERY_ID.test(given) ? given : null;
    const reader = {
      actor: actorOf(viewer),
      readsEvidence: may(viewer.role, 'evidence:read'),
      zone: viewer.zone,
    };
    const found = id === null ? null : await explainDelivery(context, id, reader);
    if (found === null) return show('not-found', { title: t('Nothing is here') }, 404);
    const time = (at: Date) => timeOf(call, at);
    const { why, dueAt, contact, program } = found;
    const { consent, campaign, journey } = why;
    await show('sent-message', {
      title: t('One message'),
      message: found,
      state: { sign: MESSAGE_STATES[found.state].sign, word: t(MESSAGE_STATES[found.state].word) },
      person: shownPerson(t, await personName(context, contact)),
      what: t(messageSentence({ class: found.class, test: found.isTest }).sentence),
      why,
      source: campaign ?? journey,
      all: campaign ? addressOf({ campaign: campaign.id }) : journey && addressOf({ journey: journey.id }),
      toPerson: addressOf({ contact }),
      program: programById(context.catalog.current().book, program)?.name ?? program,
      cost: moneyOf(t, await costOfDelivery(context, found)),
      consent: consent === null ? null : { at: time(consent.at), seq: consent.seq, words: consent.words },
      answer: answerOf(call, found),
      steps: stepsOf(call, found),
      unknown: found.state === 'unknown' ? unknownWords(call, found) : null,
      dueAt: dueAt === null ? null : time(dueAt),
    });
  },
});

/**
 * What became of the message, in one sentence; below it, what is known beside that and what a reader can do. The
 * sentences of the engine are in English.
 */
function answerOf(call: PageCall, { sentence, state, dueAt, why, nextStep }: Explained) {
  const { t, context, viewer } = call;
  const toDo = nextStep === null ? null : `What can be done: ${nextStep}`;
  const cause = [why.beside, toDo].filter((said) => said !== null).join(' ');
  const said = { cause, sign: MESSAGE_STATES[state].sign };
  const codes = why.rules.map(({ code }) => code);
  if (codes.includes('campaign-paused')) {
    const at = why.pausedSince === null ? null : timeOf(call, why.pausedSince);
    const paused =
      at === null
        ? t('Waits: the campaign is paused.')
        : t('Waits: the campaign is paused since {at}.', { at });
    return { ...said, own: paused, engine: null };
  }
  if (state === 'planned' && dueAt !== null && dueAt > context.now() && !codes.includes('sender-stopped')) {
    const at = showTime(notBefore(dueAt), viewer.zone, viewer.language);
    return { ...said, own: t('Waits until at least {at}.', { at }), engine: null };
  }
  const word = viewer.language === 'en' ? null : `${t(MESSAGE_STATES[state].word)}.`;
  return { ...said, own: word, engine: sentence };
}

/** Rounded up to the minute: nothing happens before it. */
const notBefore = (at: Date): Date => new Date(Math.ceil(at.getTime() / MINUTE_MS) * MINUTE_MS);

type Step = { at: string; what: string; sign: 'out' | 'wait' | 'note' };

const timeOf = ({ viewer }: PageCall, at: Date): string =>
  showTime(at, viewer.zone, viewer.language, 'second');

/** The steps of a message in the order of time, the searches for it among them, to the second. */
function stepsOf(call: PageCall, { state, timeline, lookUps, lookUpAt }: Explained): Step[] {
  // An end that was once reported is not the end of a message that is unknown now.
  const known = timeline.filter(({ what }) => state !== 'unknown' || what !== 'ended');
  const momentOf = (what: (typeof MOMENTS)[number]) => known.find((moment) => moment.what === what)?.at;
  const [planned, decided] = [momentOf('planned'), momentOf('decided')];
  const isAtOnce =
    planned !== undefined && decided !== undefined && timeOf(call, planned) === timeOf(call, decided);
  const shown = isAtOnce ? known.filter(({ what }) => what !== 'decided') : known;
  const moments = shown.map(({ what, at }) => ({
    at,
    what: call.t(isAtOnce && what === 'planned' ? PLANNED_AND_DECIDED : MOMENT_WORDS[what]),
    sign: 'out' as const,
  }));
  const searches = lookUps.map(({ at, found }) => ({
    at,
    what: call.t(
      'We searched the carrier’s list: {n} message would fit. || We searched the carrier’s list: {n} messages would fit.',
      { n: FIGURES.format(found), count: found },
    ),
    sign: 'note' as const,
  }));
  const next =
    lookUpAt === null
      ? []
      : [{ at: lookUpAt, what: call.t('The carrier’s list is searched again.'), sign: 'wait' as const }];
  return [...moments, ...searches, ...next]
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map((step) => ({ ...step, at: timeOf(call, step.at) }));
}

/** What is known of a message of unknown outcome, and what is done about it. */
function unknownWords(call: PageCall, { acceptedAt, lookUps, lookUpAt }: Explained): string {
  const { t } = call;
  const known =
    acceptedAt === null
      ? t('Known: we began to hand it over. Not known: whether the carrier has it.')
      : t('Known: the carrier took it. Not known: whether it arrived.');
  const searched =
    lookUps.length === 0
      ? ''
      : ` ${t('The carrier’s list was searched once and did not settle it. || The carrier’s list was searched {count} times and did not settle it.', { count: lookUps.length })}`;
  const next =
    lookUpAt === null
      ? t('It is not searched again; a late report still settles it.')
      : t('The carrier’s list is being searched for it, next at {at}.', { at: timeOf(call, lookUpAt) });
  return `${known}${searched} ${next} ${t('It is never sent again on a guess.')}`;
}
