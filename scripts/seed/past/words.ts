import type { Language } from '../../../src/domain/program.ts';

type Words = Record<Language, readonly string[]>;

/** Texts that the rules read as an opt-out. */
export const LEAVING: Words = {
  en: ['STOP', 'please stop texting me', 'Stop', 'no more texts', 'take me off this list please'],
  es: ['ALTO', 'dejen de mandarme mensajes', 'STOP'],
  fr: ['ARRET', 'STOP'],
};

/** Texts that may be an opt-out. */
export const HELD: Words = {
  en: ['these texts are annoying', 'i dont want this', 'you text way too much', 'why do you keep texting me'],
  es: ['recibo demasiados mensajes', 'ya no me interesa'],
  fr: ['these texts are annoying'],
};

/** Texts that no rule reads. */
export const QUESTIONS: Words = {
  en: [
    'Do you have the blue coat in a medium?',
    'What time does the Denver store open on Sunday?',
    'Can I still return a coat I bought in October?',
    'My code does not work at checkout',
    'Do you ship to Hawaii?',
    'Is this in petite sizes?',
    'the link does not open on my phone',
  ],
  es: ['¿Tienen el abrigo azul en talla M?', '¿A qué hora abren el domingo?'],
  fr: ['Do you ship to Hawaii?'],
};

/** What staff answers. It sells nothing. */
export const ANSWERS: Words = {
  en: [
    'Fernway: thank you for asking. Call 1-800-555-0142 and we look it up with you. Reply STOP to end',
    'Fernway: yes, ask for it at the desk of your store. Reply STOP to end',
    'Fernway: we open at 10 on Sundays. Reply STOP to end',
  ],
  es: ['Fernway: gracias por escribir. Llama al 1-800-555-0142 y lo vemos contigo. Responde STOP para salir'],
  fr: ['Fernway: thank you for asking. Call 1-800-555-0142. Reply STOP to end'],
};

/** What people write back after a campaign. */
export const REPLIES: Words = {
  en: ['Thank you, love the coat!', 'So warm, thank you!', 'See you Saturday', 'Is this in petite sizes?'],
  es: ['Gracias, me queda perfecto'],
  fr: ['Thank you, love the coat!'],
};

/** What waits for staff when the demo begins: holds with their words, questions of several ages, and two alarms. */
export const TODAY: readonly { minutesAgo: number; language: Language; body: string }[] = [
  { minutesAgo: 60 * 70, language: 'en', body: 'not interested anymore' },
  { minutesAgo: 60 * 31, language: 'en', body: 'THIS IS A BIT MUCH' },
  { minutesAgo: 60 * 22, language: 'en', body: 'Where is my order? It said Tuesday' },
  { minutesAgo: 60 * 20, language: 'es', body: 'recibo demasiados mensajes' },
  { minutesAgo: 60 * 9, language: 'es', body: '¿Tienen el abrigo azul en talla M?' },
  { minutesAgo: 60 * 5, language: 'en', body: 'you text way too much' },
  { minutesAgo: 130, language: 'en', body: 'I moved to Portland, can you update my address' },
  { minutesAgo: 95, language: 'en', body: 'Which address takes mail from a lawyer?' },
  { minutesAgo: 50, language: 'en', body: 'too many texts' },
  { minutesAgo: 36, language: 'en', body: 'Can I still return a coat I bought in October?' },
  { minutesAgo: 25, language: 'en', body: 'Somebody called me in your name, is that a scam?' },
  { minutesAgo: 12, language: 'es', body: '¿A qué hora abren el domingo?' },
  { minutesAgo: 7, language: 'en', body: 'My code does not work at checkout' },
];
