import type { ActChannel } from '../consent/channels.ts';
import type { ConsoleLanguage } from '../console-time.ts';

/** A sentence with places for values: "since {time}". */
type Fill<Place extends string> = (values: Record<Place, string>) => string;

const fill =
  <const Sentence extends string>(sentence: Sentence) =>
  (values: Record<string, string>): string =>
    sentence.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);

/** The sentences of a person's answer in one language. */
export type AnswerWords = {
  nothingHeld: string;
  optOutKept: string;
  optedOut: string;
  askedAgain: Fill<'time'>;
  noTexts: string;
  formerHolder: string;
  newHolder: string;
  carrierBlock: Fill<'number'>;
  ourNumber: string;
  onHold: string;
  becomesOptOut: Fill<'time'>;
  stoppedElsewhere: Fill<'time'>;
  heldElsewhere: Fill<'time'>;
  paused: Fill<'day'>;
  pausedByStaff: Fill<'day'>;
  stillReach: Fill<'topics'>;
  pending: Fill<'time'>;
  pendingUntil: Fill<'time' | 'end'>;
  consentOld: Fill<'day'>;
  noTopic: string;
  someTopics: Fill<'topics'>;
  subscribed: Fill<'topics'>;
  quietUntil: Fill<'time'>;
  quietAlways: string;
  neverJoined: string;
  left: Record<'unsubscribed' | 'refused' | 'expired' | 'ended', Fill<'program' | 'time'>>;
};

/** The sentences about what an answer rests on, in one language. */
export type CauseWords = {
  since: Fill<'time'>;
  asked: Fill<'time'>;
  carrier: Fill<'time'>;
  us: Fill<'time'>;
  staff: Fill<'time'>;
  key: Fill<'time'>;
  text: Fill<'time'>;
  textTo: Fill<'time' | 'sender'>;
  door: Fill<'how' | 'time'>;
  /** Null where the person did nothing that is known. */
  channels: Record<Exclude<ActChannel, 'VIA_TEXT'>, string | null>;
  undecided: string;
  staffRead: string;
  carrierKeyword: string;
  doubtful: string;
  rulesRead: string;
  keyword: string;
};

const ANSWERS: Record<ConsoleLanguage, AnswerWords> = {
  en: {
    nothingHeld: 'Nothing is held about this number.',
    optOutKept: 'It may not be texted: an opt-out is kept for it.',
    optedOut: 'Must not be texted. Opted out of everything.',
    askedAgain: fill('They asked to join again; we wait for their YES since {time}.'),
    noTexts: 'Must not be texted. The carrier says this number takes no texts.',
    formerHolder: 'Must not be texted. The number belongs to somebody else now.',
    newHolder: 'Must not be texted. The number may have a new owner.',
    carrierBlock: fill('Cannot be texted. The carrier blocks us until they text START to {number}.'),
    ourNumber: 'our number',
    onHold: 'Must not be texted until somebody decides about their last text.',
    becomesOptOut: fill('Becomes an opt-out {time}.'),
    stoppedElsewhere: fill('No marketing: they opted out on another of their numbers on {time}.'),
    heldElsewhere: fill('No marketing: another of their numbers has been on hold since {time}.'),
    paused: fill('No marketing until {day}: they asked for a pause.'),
    pausedByStaff: fill('No marketing until {day}: staff paused it.'),
    stillReach: fill('{topics} still reach them.'),
    pending: fill('Not yet. We asked on {time}.'),
    pendingUntil: fill('Not yet. We asked on {time}; their YES is good until {end}.'),
    consentOld: fill('No marketing: the consent of {day} was not renewed.'),
    noTopic: 'Subscribed, but no topic is on: nothing may be sent.',
    someTopics: fill('May be texted about {topics} only.'),
    subscribed: fill('May be texted about {topics}.'),
    quietUntil: fill('Marketing waits for quiet hours until {time}.'),
    quietAlways: 'Quiet hours keep marketing back, and no hour of the next eight days is permitted.',
    neverJoined: 'Must not be texted: they never joined a program.',
    left: {
      unsubscribed: fill('Must not be texted: they left {program} on {time}.'),
      refused: fill('Must not be texted: they said no to {program} on {time}.'),
      expired: fill(
        'Must not be texted: they did not answer the question of {program}, which ended on {time}.',
      ),
      ended: fill('Must not be texted: their consent to {program} ended on {time}.'),
    },
  },
  es: {
    nothingHeld: 'No se guarda nada sobre este número.',
    optOutKept: 'No se le puede escribir: se conserva una baja para él.',
    optedOut: 'No se le debe escribir. Se dio de baja de todo.',
    askedAgain: fill('Pidió volver a entrar; esperamos su SI desde el {time}.'),
    noTexts: 'No se le debe escribir. La operadora dice que este número no recibe mensajes.',
    formerHolder: 'No se le debe escribir. El número es ahora de otra persona.',
    newHolder: 'No se le debe escribir. El número puede tener otro dueño.',
    carrierBlock: fill(
      'No se le puede escribir. La operadora nos bloquea hasta que envíe START al {number}.',
    ),
    ourNumber: 'nuestro número',
    onHold: 'No se le debe escribir hasta que alguien decida sobre su último mensaje.',
    becomesOptOut: fill('Se convierte en baja el {time}.'),
    stoppedElsewhere: fill('Sin publicidad: se dio de baja en otro de sus números el {time}.'),
    heldElsewhere: fill('Sin publicidad: otro de sus números está retenido desde el {time}.'),
    paused: fill('Sin publicidad hasta el {day}: pidió una pausa.'),
    pausedByStaff: fill('Sin publicidad hasta el {day}: el personal la pausó.'),
    stillReach: fill('{topics} le siguen llegando.'),
    pending: fill('Todavía no. Le preguntamos el {time}.'),
    pendingUntil: fill('Todavía no. Le preguntamos el {time}; su SI vale hasta el {end}.'),
    consentOld: fill('Sin publicidad: el consentimiento del {day} no se renovó.'),
    noTopic: 'Suscrito, pero sin ningún tema: no se puede enviar nada.',
    someTopics: fill('Se le puede escribir solo sobre {topics}.'),
    subscribed: fill('Se le puede escribir sobre {topics}.'),
    quietUntil: fill('La publicidad espera por horas de silencio hasta el {time}.'),
    quietAlways:
      'Las horas de silencio retienen la publicidad, y ninguna hora de los próximos ocho días está permitida.',
    neverJoined: 'No se le debe escribir: nunca entró en un programa.',
    left: {
      unsubscribed: fill('No se le debe escribir: dejó {program} el {time}.'),
      refused: fill('No se le debe escribir: dijo que no a {program} el {time}.'),
      expired: fill(
        'No se le debe escribir: no respondió a la pregunta de {program}, que terminó el {time}.',
      ),
      ended: fill('No se le debe escribir: su consentimiento a {program} terminó el {time}.'),
    },
  },
};

const CAUSES: Record<ConsoleLanguage, CauseWords> = {
  en: {
    since: fill('Since {time}'),
    asked: fill('We asked by text on {time}'),
    carrier: fill('The carrier told us on {time}'),
    us: fill('Recorded by the system on {time}'),
    staff: fill('Recorded by staff on {time}'),
    key: fill('Recorded through the API on {time}'),
    text: fill('By text on {time}'),
    textTo: fill('By text to {sender} on {time}'),
    door: fill('{how} on {time}'),
    channels: {
      WEB_FORM: 'On a web form',
      PAPER_FORM: 'On a paper form',
      VERBAL: 'In person or by phone',
      MOBILE_QR_CODE: 'By QR code',
      IMPORT: 'By import',
      NOT_STATED: null,
      NO_ACT: null,
    },
    undecided: 'Nobody decided in time about the text that was on hold.',
    staffRead: 'Staff read it as an opt-out.',
    carrierKeyword: 'The carrier took it as an opt-out.',
    doubtful: 'Our rules could not tell whether it is an opt-out.',
    rulesRead: 'Our rules read it as an opt-out.',
    keyword: 'It is one of the words that opt out.',
  },
  es: {
    since: fill('Desde el {time}'),
    asked: fill('Le preguntamos por mensaje el {time}'),
    carrier: fill('La operadora nos lo dijo el {time}'),
    us: fill('Anotado por el sistema el {time}'),
    staff: fill('Anotado por el personal el {time}'),
    key: fill('Anotado por la API el {time}'),
    text: fill('Por mensaje el {time}'),
    textTo: fill('Por mensaje al {sender} el {time}'),
    door: fill('{how} el {time}'),
    channels: {
      WEB_FORM: 'En un formulario web',
      PAPER_FORM: 'En un formulario de papel',
      VERBAL: 'En persona o por teléfono',
      MOBILE_QR_CODE: 'Por código QR',
      IMPORT: 'Por importación',
      NOT_STATED: null,
      NO_ACT: null,
    },
    undecided: 'Nadie decidió a tiempo sobre el mensaje retenido.',
    staffRead: 'El personal lo leyó como una baja.',
    carrierKeyword: 'La operadora lo tomó como una baja.',
    doubtful: 'Nuestras reglas no saben si es una baja.',
    rulesRead: 'Nuestras reglas lo leyeron como una baja.',
    keyword: 'Es una de las palabras que dan de baja.',
  },
};

export const wordsOfAnswer = (language: ConsoleLanguage): AnswerWords => ANSWERS[language];
export const wordsOfCause = (language: ConsoleLanguage): CauseWords => CAUSES[language];
