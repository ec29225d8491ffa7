import type { PhraseBook } from './book.ts';

/** Our opt-out line as people text it back, and what they say around it. */
export const ENGLISH_OWN_LINE: NonNullable<PhraseBook['ownLine']> = {
  said: [
    // "I reply STOP to end these and you go on" is a person's own; so is "texted STOP to end these texts twice".
    '!:telling/does/if reply/text/send/say/type/respond with? stop to :ended :whole? :whole? :texts? !:whole/:texts/:goingon/:failing/:ordered',
    '!:telling reply/text/send/say/type/respond with? stop to :ended :whole? :whole? :texts !:goingon/:failing/:told',
  ],
  quoted: [
    // "How many times do I have to reply STOP" and "why must I" complain, "why would I" does not.
    '!why/times :asking i/we just/only/simply? reply/text/send/say/type/respond with? stop to :ended :whole? :whole? :texts',
    'why would/could/can i/we just/only/simply? reply/text/send/say/type/respond with? stop to :ended :whole? :whole? :texts',
    '!why/times/often :asking/says/said ive_to/weve_to/i_need_to/we_need_to reply/text/send/say/type/respond with? stop to :ended :whole? :whole? :texts?',
    'for_help/topics/see_them/the_pause/them_again , stop to :ended :whole? :whole? :texts?',
  ],
  refused: ['no need_to? !no/ya :listed', 'i/we like !to'],
};
