import { expect } from 'chai';
import fc from 'fast-check';
import {
  blockingKeys,
  compare,
  comparedName,
  likenessOfNames,
  mailboxOf,
  numberKey,
  type Traits,
} from '../../../src/domain/contacts/duplicates.ts';

describe('mailbox of an e-mail address', () => {
  const table: [string, string | null][] = [
    ['Ana.Reyes+shop@GMail.com', 'anareyes@gmail.com'],
    ['a.n.a.reyes@googlemail.com', 'anareyes@gmail.com'],
    ['ana.reyes+x@outlook.com', 'ana.reyes@outlook.com'],
    ['ana@me.com', 'ana@icloud.com'],
    ['ana.reyes+x@fernway.example', 'ana.reyes+x@fernway.example'],
    [' ana@fernway.example ', 'ana@fernway.example'],
    ['+@gmail.com', null],
    ['ana@constructor', null],
    ['ana at fernway.example', null],
    ['', null],
  ];
  for (const [text, mailbox] of table) {
    it(`is ${mailbox} for "${text}"`, () => expect(mailboxOf(text)).to.equal(mailbox));
  }
});

describe('names of two people', () => {
  const table: [string, string, 'same' | 'near' | null][] = [
    ['Ana Reyes', 'ANA REYES', 'same'],
    ['José Núñez', 'jose nunez', 'same'],
    ['Ana Reyes', 'Reyes Ana', 'same'],
    ["Sean O'Brien", 'Sean OBrien', 'same'],
    ['Jonathan Miller', 'Jonathon Miller', 'near'],
    ['John Miller', 'Jhon Miller', 'near'],
    ['J Miller', 'Joan Miller', 'near'],
    ['J Miller', 'Joan Müler', null],
    ['Ana Reyes', 'Eva Reyes', null],
    ['Li Wu', 'Li Xu', null],
    ['Ana Reyes', 'Ana Reed', null],
    ['Ana Reyes', 'Ana', null],
  ];
  const nameOf = (text: string) => {
    const [first = null, last = null] = text.split(' ');
    return comparedName(first, last);
  };
  for (const [name, other, alike] of table) {
    it(`${name} and ${other} are ${alike ?? 'different'}`, () => {
      expect(likenessOfNames(nameOf(name), nameOf(other))).to.equal(alike);
    });
  }
});

const someone = (over: Partial<Traits> & { first?: string; last?: string } = {}): Traits => {
  const { first = '', last = '', ...rest } = over;
  const none = { birthDate: null, zip: null, mailboxes: [], ids: [], phones: [] };
  return { index: '1.a', name: comparedName(first, last), ...none, ...rest };
};

describe('score of a possible duplicate', () => {
  const ana = { first: 'Ana', last: 'Reyes', birthDate: '1990-02-28', zip: '93650' };
  const mailboxes = ['ana@fernway.example'];
  const table: [string, Traits, Traits, number | null, string[]][] = [
    ['nothing in common', someone(ana), someone({ index: '1.b' }), null, []],
    ['the same mailbox', someone({ mailboxes }), someone({ mailboxes }), 80, ['same-mailbox']],
    [
      'a family that shares a mailbox',
      someone({ mailboxes, first: 'Ana' }),
      someone({ mailboxes, first: 'Luis' }),
      48,
      ['same-mailbox', 'other-first-name'],
    ],
    [
      'an initial is no other name',
      someone({ mailboxes, first: 'Ana' }),
      someone({ mailboxes, first: 'A' }),
      80,
      [],
    ],
    ['name and birth date', someone({ ...ana, zip: null }), someone({ ...ana, zip: '10001' }), 80, []],
    [
      'name, birth date and ZIP',
      someone(ana),
      someone(ana),
      90,
      ['same-name-and-birth-date', 'same-name-and-zip'],
    ],
    [
      'a near name and the ZIP',
      someone({ ...ana, birthDate: null }),
      someone({ ...ana, last: 'Reyez' }),
      35,
      [],
    ],
    [
      'father and son, of one name and house',
      someone(ana),
      someone({ ...ana, birthDate: '1960-02-28' }),
      null,
      [],
    ],
    ['twins', someone(ana), someone({ ...ana, first: 'Eva' }), null, []],
    [
      "one contact states the other's number",
      someone({ phones: ['1.b'] }),
      someone({ index: '1.b' }),
      90,
      ['other-number'],
    ],
    [
      'the same customer',
      someone({ ids: ['card 17'] }),
      someone({ index: '1.b', ids: ['card 17'] }),
      90,
      ['same-id'],
    ],
  ];
  for (const [what, contact, other, score, evidence] of table) {
    it(`is ${score ?? 'none'} for ${what}`, () => {
      const [a, b] = [contact, contact.index === other.index ? { ...other, index: '1.c' } : other];
      const found = compare(a, b);
      expect(found?.score ?? null).to.equal(score);
      if (evidence.length > 0) expect(found?.evidence).to.deep.equal(evidence);
    });
  }

  const text = fc.constantFrom('', 'Ana', 'Anna', 'Reyes', 'Reyez', 'Jonathan', 'Jonathon', 'A');
  const traits = fc.record({
    name: fc.tuple(text, text).map(([first, last]) => comparedName(first, last)),
    birthDate: fc.constantFrom(null, '1990-02-28', '1991-02-28'),
    zip: fc.constantFrom(null, '93650', '10001'),
    mailboxes: fc.subarray(['a@b.example', 'c@d.example']),
    ids: fc.subarray(['card 1', 'card 2']),
    phones: fc.subarray(['1.a', '1.b', '1.c']),
  });

  it('does not depend on the order, and needs a shared key', () => {
    fc.assert(
      fc.property(traits, traits, (trait, other) => {
        const [a, b] = [
          { ...trait, index: '1.a' },
          { ...other, index: '1.b' },
        ];
        const found = compare(a, b);
        const [there, back] = [found, compare(b, a)].map(
          (like) => like && { ...like, evidence: [...like.evidence].sort() },
        );
        expect(there).to.deep.equal(back);
        if (found === null) return;
        const keys = (of: Traits) => [...blockingKeys(of), numberKey(of.index)];
        const common = keys(a).filter((key) => keys(b).includes(key));
        expect(common, JSON.stringify(found)).not.to.deep.equal([]);
        expect(found.score).to.be.within(30, 100);
      }),
    );
  });
});
