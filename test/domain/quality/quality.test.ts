import { expect } from 'chai';
import { sourceByDoor } from '../../../src/domain/contacts/source.ts';
import {
  faultsIn,
  guidelinesOf,
  MEASURES,
  QUALITY_RULES,
  ruleOf,
} from '../../../src/domain/quality/rules.ts';
import {
  alarmAfter,
  type Judged,
  judged,
  type Measured,
  type ScoreLevel,
  scoreOf,
} from '../../../src/domain/quality/score.ts';
import { numberCodes } from '../../../src/domain/reports/carrier-errors.ts';

const USUAL = new Map();
const of = (hits: number, sample = 1000) => ({ hits, of: sample });
const PERFECT: Measured = {
  bounces: of(0),
  zone: of(1000),
  fresh: of(1000),
  verified: of(1000),
  complete: of(1000),
  language: of(0),
  duplicates: of(0),
};
const score = (measured: Measured): number | null => scoreOf(judged(measured, USUAL));

describe('quality rules', () => {
  it('exist once for each measure, with valid default thresholds', () => {
    expect(QUALITY_RULES.map(({ id }) => id)).to.have.members([...MEASURES]);
    for (const rule of QUALITY_RULES) expect(faultsIn(rule, rule.usual), rule.id).to.deep.equal([]);
  });

  const bad: [
    what: string,
    rule: 'zone' | 'bounces',
    set: [number, number, number | null],
    fields: string[],
  ][] = [
    ['a share above one', 'zone', [1.2, 0.5, null], ['warn']],
    ['no number', 'zone', [Number.NaN, 0.5, null], ['warn']],
    ['a failure that is better than the warning', 'zone', [0.5, 0.8, null], ['fail']],
    [
      'a failure that is better than the warning, of a rule where less is better',
      'bounces',
      [0.05, 0.02, 30],
      ['fail'],
    ],
    ['a failure at the warning', 'zone', [0.5, 0.5, null], ['fail']],
    ['days of a rule without', 'zone', [0.8, 0.5, 30], ['days']],
    ['no days of a rule with', 'bounces', [0.02, 0.05, null], ['days']],
    ['half a day', 'bounces', [0.02, 0.05, 0.5], ['days']],
  ];
  for (const [what, rule, [warn, fail, days], fields] of bad) {
    it(`refuse ${what}`, () => {
      expect(faultsIn(ruleOf(rule), { warn, fail, days }).map(({ field }) => field)).to.deep.equal(fields);
    });
  }

  const levels: [rule: 'zone' | 'bounces', hits: number, sample: number, level: ScoreLevel][] = [
    ['zone', 800, 1000, 'good'],
    ['zone', 799, 1000, 'warn'],
    ['zone', 500, 1000, 'warn'],
    ['zone', 499, 1000, 'fail'],
    ['bounces', 20, 1000, 'good'],
    ['bounces', 21, 1000, 'warn'],
    ['bounces', 51, 1000, 'fail'],
    ['bounces', 29, 29, 'few'],
    ['bounces', 0, 0, 'few'],
  ];
  for (const [rule, hits, sample, level] of levels) {
    it(`rate ${hits} of ${sample} for ${rule} as ${level}`, () => {
      const found = judged({ [rule]: of(hits, sample) }, USUAL).find((verdict) => verdict.rule === rule);
      expect(found?.level).to.equal(level);
    });
  }

  it('distinguish a sample that is too small from one that was not counted', () => {
    const found = judged({ zone: of(0, 0) }, USUAL);
    const told = found.filter((verdict) => verdict.told).map(({ rule }) => rule);
    expect(told).to.deep.equal(['zone']);
  });

  it('use the thresholds that somebody set', () => {
    const set = new Map([['zone' as const, { warn: 0.95, fail: 0.9, days: null }]]);
    expect(judged(PERFECT, set).find(({ rule }) => rule === 'zone')?.thresholds.warn).to.equal(0.95);
    expect(judged({ zone: of(850) }, set).find(({ rule }) => rule === 'zone')?.level).to.equal('fail');
  });

  it('count only errors of the number itself', () => {
    const classed = new Map([
      ['39999', { class: 'unreachable' as const }],
      ['39998', { class: 'network' as const }],
    ]);
    const codes = numberCodes(classed);
    expect(codes).to.include.members(['30003', '30005', '30006', '21211', '21614', '39999']);
    expect(codes).not.to.include('39998');
    expect(codes).not.to.include.members(['30007', '21610', '30001', '30034']);
  });
});

describe('quality score', () => {
  const scores: [what: string, measured: Measured, score: number | null][] = [
    ['100 where every rule is met', PERFECT, 100],
    ['less by the weight of a rule that fails', { ...PERFECT, bounces: of(50) }, 73],
    ['less by half of it half-way between', { ...PERFECT, bounces: of(35) }, 86],
    ['the same however bad it is beyond failing', { ...PERFECT, bounces: of(900) }, 73],
    ['of what can be told alone', { zone: of(650) }, 50],
    ['none where nothing can be told', { zone: of(20, 29) }, null],
  ];
  for (const [what, measured, expected] of scores) {
    it(`is ${what}`, () => expect(score(measured)).to.equal(expected));
  }
});

describe('quality alarm', () => {
  const [FIRST, LATER] = [new Date('2026-03-01T03:00:00Z'), new Date('2026-03-02T03:00:00Z')];
  const deals = { kind: 'program', id: 'deals' } as const;
  const look = (level: ScoreLevel, share: number, of: Partial<Judged> = {}): Judged => {
    const thresholds = { warn: 0.8, fail: 0.5, days: null };
    return { rule: 'zone', hits: share * 100, of: 100, share, level, thresholds, told: true, ...of };
  };
  const at = (days: number): Date => new Date(FIRST.getTime() + days * 86_400_000);
  const opened = alarmAfter(null, deals, look('fail', 0.4), FIRST);

  it('opens when a rule fails', () => {
    expect(opened).to.deep.include({ ...deals, rule: 'zone', openSince: FIRST, share: 0.4, closedAt: null });
  });

  it('stays open from then, with the newest figures and its acknowledgement', () => {
    const acknowledged = { by: 'key:1', at: FIRST, note: 'on it' };
    const before = opened && { ...opened, acknowledged };
    const after = alarmAfter(before, deals, look('fail', 0.3), LATER);
    expect(after).to.deep.include({ openSince: FIRST, share: 0.3, acknowledged, closedAt: null });
  });

  it('closes once the rule no longer fails, and opens again when it does', () => {
    const closed = alarmAfter(opened, deals, look('warn', 0.6), LATER);
    expect(closed?.closedAt).to.equal(LATER);
    expect(alarmAfter(closed, deals, look('fail', 0.4), LATER)).to.include({ openSince: LATER });
    expect(alarmAfter(closed, deals, look('good', 0.9), LATER)).to.equal(closed);
  });

  it('stays unchanged while its rule was not measured, however long', () => {
    for (const level of ['few', 'fail', 'good'] as const) {
      expect(alarmAfter(opened, deals, look(level, 0, { told: false }), at(99))).to.equal(opened);
    }
  });

  for (const [days, what] of [
    [null, 'thirty days'],
    [10, "the rule's own days"],
  ] as const) {
    it(`closes ${what} after the last failure when the sample became too small`, () => {
      const few = look('few', 0, { thresholds: { warn: 0.8, fail: 0.5, days } });
      const again = alarmAfter(opened, deals, look('fail', 0.3), at(5));
      expect(alarmAfter(again, deals, few, at(5 + (days ?? 30) - 1))).to.deep.equal(again);
      const closed = alarmAfter(again, deals, few, at(5 + (days ?? 30)));
      expect(closed)
        .to.include({ share: 0.3, openSince: FIRST })
        .and.deep.include({
          closedAt: at(5 + (days ?? 30)),
        });
    });
  }

  it('does not open for a warning, nor for a sample that is too small', () => {
    expect(alarmAfter(null, deals, look('warn', 0.6), FIRST)).to.equal(null);
    expect(alarmAfter(null, deals, look('few', 0), FIRST)).to.equal(null);
  });
});

describe('source of a number', () => {
  const form = (page_url: string) => JSON.stringify({ page_url });
  const sources: [channel: Parameters<typeof sourceByDoor>[0], origin: string | undefined, source: string][] =
    [
      ['VIA_TEXT', undefined, 'text'],
      ['VIA_TEXT', 'no JSON', 'text'],
      ['WEB_FORM', form('https://shop.example/join/?ref=15551230001'), 'form shop.example/join'],
      ['WEB_FORM', form('https://shop.example/u/5551230001/join'), 'form shop.example/u/…/…'],
      ['WEB_FORM', form('https://shop.example/cart/8f3a2c1b9d7e4a'), 'form shop.example/cart/…'],
      ['WEB_FORM', form('https://shop.example/pref/AbCdEfGh1234token'), 'form shop.example/pref/…'],
      [
        'WEB_FORM',
        form('https://shop.example/pref/8f3a2c1b-9d7e-4a5b-8c1d-0e2f3a4b5c6d'),
        'form shop.example/pref/…',
      ],
      ['WEB_FORM', form('https://shop.example/r/x7-k2'), 'form shop.example/r/…'],
      ['WEB_FORM', form('https://shop.example/join/jane.doe'), 'form shop.example/join/…'],
      ['WEB_FORM', form('https://shop.example/shop/join/jane-doe'), 'form shop.example/shop/join/…'],
      ['WEB_FORM', form('https://shop.example/kyhgfdsapoiuztrewq/'), 'form shop.example/…'],
      ['WEB_FORM', form('https://shop.example/lp/spring-sale-2026'), 'form shop.example/lp/spring-sale-2026'],
      ['WEB_FORM', form('https://shop.example/b2b/sign-up.html'), 'form shop.example/b2b/sign-up.html'],
      ['WEB_FORM', form('https://shop.example/store12'), 'form shop.example/store12'],
      ['WEB_FORM', form('https://shop.example'), 'form shop.example'],
      ['WEB_FORM', form('https://shop.example/u/ana@mail.example'), 'form shop.example/u/…'],
      ['WEB_FORM', form('https://shop.example/%2B15551230001'), 'form shop.example/…'],
      ['WEB_FORM', 'no JSON', 'form'],
      ['NOT_STATED', '{"door":"api","channel":"not stated"}', 'not stated'],
      [
        'MOBILE_QR_CODE',
        JSON.stringify({ page_url: 'https://shop.example/qr', location: 'Store 12' }),
        'qr shop.example/qr Store 12',
      ],
      ['PAPER_FORM', JSON.stringify({ location: 'Store 12' }), 'sheet Store 12'],
      ['PAPER_FORM', JSON.stringify({ location: 'Ana, 555-123-0001' }), 'sheet …'],
      ['PAPER_FORM', JSON.stringify({ location: 'ana@mail.example' }), 'sheet …'],
      ['VERBAL', JSON.stringify({ agent: 'Ana', call_id: '12345678' }), 'call'],
      ['IMPORT', undefined, 'import'],
    ];
  for (const [channel, origin, source] of sources) {
    it(`is "${source}" for ${channel} with ${origin}`, () => {
      expect(sourceByDoor(channel, origin)).to.equal(source);
    });
  }
});

describe('entry guidelines', () => {
  it('come from every rule, with the thresholds in force', () => {
    const set = new Map([['zone' as const, { warn: 0.955, fail: 0.9, days: null }]]);
    const all = guidelinesOf(set);
    expect(all.map(({ rule }) => rule)).to.deep.equal(QUALITY_RULES.map(({ id }) => id));
    expect(all.every(({ entry }) => entry.length > 0)).to.equal(true);
    expect(all.find(({ rule }) => rule === 'complete')?.aim).to.contain('people with a known name, ');
    expect(all.find(({ rule }) => rule === 'zone')?.aim).to.match(
      /^The share of people .* is at least 95.5 %; below 90 % it fails/,
    );
  });
});
