/** A handset of the demo. */
export type Phone = {
  /** Names the handset in forms and on the page; a number stands in no address. */
  id: 'ana' | 'ben' | 'carmen';
  name: string;
  number: string;
  /** "her" or "his". */
  whose: string;
  /** Words that one press sends. */
  chips: readonly string[];
};

/** The three handsets. Their numbers are for fiction. */
export const PHONES: readonly Phone[] = [
  {
    id: 'ana',
    name: 'Ana',
    number: '+15551230001',
    whose: 'her',
    chips: ['JOIN', 'YES', 'STOP', 'HELP', 'WHY'],
  },
  {
    id: 'ben',
    name: 'Ben',
    number: '+15551230002',
    whose: 'his',
    chips: ['JOIN', 'YES', 'STOP', 'HELP', 'WHY'],
  },
  {
    id: 'carmen',
    name: 'Carmen',
    number: '+15551230003',
    whose: 'her',
    chips: ['UNIRME', 'SI', 'STOP', 'AYUDA'],
  },
];

/** The number that the handsets text, and the program that its keyword joins. */
export const SHOP = { number: '28555', program: 'deals', topic: 'deals' } as const;

/** The people to whom the page sends a campaign: a list of the demo, on which these numbers stand. */
export const RACE = { list: 'phones-race', people: 500, stops: 50 } as const;

/** Lines 9000 and up of the exchange 555, which nobody has. Source: NANPA, "555 Line Numbers". */
export const raceNumber = (at: number): string => `+1202555${9000 + at}`;
