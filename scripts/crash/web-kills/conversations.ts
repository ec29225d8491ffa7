/** The texts of a handset. The texts of one step are sent together, and the next step follows once they were accepted. */
export type ConversationTexts = readonly (readonly string[])[];

/** Texts that end everything. `isStop` knows no other, so conversations use no other. */
const STOPS = ['STOP', 'take me off this list please'];

export const isStop = (body: string): boolean => STOPS.includes(body);
/** Whether a text ends something. */
export const endsSome = (body: string): boolean => isStop(body) || body === 'STOP DEALS';
/** Whether a text is always answered. */
export const isAlwaysAnswered = (body: string): boolean => ['HELP', 'MENU', 'WHY'].includes(body);
export const isJoin = (body: string): boolean => body === 'JOIN';

/** Each text is answered at most once, so that a second answer is always a fault. */
export const CONVERSATIONS: readonly ConversationTexts[] = [
  [['JOIN'], ['YES'], ['2'], ['STOP']],
  [['JOIN'], ['YES'], ['MENU'], ['3'], ['HELP']],
  [['JOIN'], ['STOP'], ['YES']],
  [['JOIN'], ['YES', 'STOP'], ['HELP']],
  [['JOIN', 'STOP'], ['MENU']],
  [['STOP'], ['STOP'], ['HELP']],
  [['JOIN'], ['YES'], ['STOP'], ['JOIN'], ['YES']],
  [['JOIN'], ['YES'], ['STOP', 'STOP', '2'], ['WHY']],
  [['JOIN'], ['YES'], ['2', '3', 'take me off this list please'], ['1']],
  [['JOIN'], ['JOIN'], ['YES', 'YES'], ['STOP DEALS'], ['2']],
  [['HELP', 'JOIN'], ['YES'], ['PAUSE 30'], ['take me off this list please']],
  [['ORDERS'], ['YES'], ['JOIN'], ['YES'], ['STOP'], ['STOP']],
];
