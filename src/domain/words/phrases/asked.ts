/** With a question mark after it, perhaps a question why none came: "Pas de messages?" Each in its own language. */
export const SPANISH_QUESTIONS: string[] = [
  '^ no/ya_no/sin/ningun/no_hay mas? :mensajes',
  'basta con el/la/un/una/mostrar/ensenar/traer',
  'voy/puedo/debo/tengo_que a? dejar',
  'salir de esto',
  'no mas con',
];

export const FRENCH_QUESTIONS: string[] = [
  '^ pas/plus/aucun/aucune/fini/finis/finies/cest_fini de/d/les/dautres/des/vos? :messages',
  'vous avez/allez arrete/arreter',
];

export const PORTUGUESE_QUESTIONS: string[] = [
  '^ sem/nao/nenhuma/nenhum/nada_de mais? :mensagens',
  'basta com a/o/um/uma/mostrar',
  'paro/parar de receber pontos/o/os/meu/meus/minha/minhas',
  '^ farto/farta/cansei de :mensagens',
];

export const GERMAN_QUESTIONS: string[] = [
  '^ keine/kein/keinen mehr? :nachrichten',
  'hört/hören sie/ihr jetzt/denn/bald? auf',
];

export const ITALIAN_QUESTIONS: string[] = [
  '^ niente/nessun/nessuna/no più? :messaggi',
  'basta con il/la/lo/un/mostrare',
];

export const POLISH_QUESTIONS: string[] = ['^ żadnych/brak/koniec :wiadomości'];

export const ARABIC_QUESTIONS: string[] = ['^ بس/يكفي/كفاية :رسائل'];
