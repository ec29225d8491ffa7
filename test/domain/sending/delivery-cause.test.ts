import { expect } from 'chai';
import type { EventKind } from '../../../src/domain/consent/decision.ts';
import type { Target } from '../../../src/domain/consent/suppression.ts';
import { MAY_HAVE_ARRIVED } from '../../../src/domain/hygiene/error-codes.ts';
import {
  type CauseAct,
  type CauseEntry,
  type CauseFacts,
  causeSentence,
  consentEntries,
  outcomeOf,
  rulesOf,
  stoppedByEntry,
} from '../../../src/domain/sending/delivery-cause.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 4, 20, 16, minute));
const row = (state: CauseFacts['state'], more: Partial<CauseFacts> = {}): CauseFacts => ({
  state,
  class: 'marketing',
  dueAt: at(0),
  decision: null,
  ...more,
});
const codes = (rules: { code: string }[]): string[] => rules.map(({ code }) => code);

describe('the rule behind a delivery', () => {
  const cases: [string, CauseFacts, 'campaign' | 'journey' | null, string[]][] = [
    ['is that of its class where the message left', row('delivered'), null, ['marketing']],
    ['is that of its class where the message was lost', row('unknown', { class: 'help' }), null, ['help']],
    [
      'is each reason of the gate where the message was skipped',
      row('skipped', { decision: { reasons: ['opted-out', 'topic-off'] } }),
      null,
      ['opted-out', 'topic-off'],
    ],
    [
      'is the cause of a cancel',
      row('canceled', { endedBy: 'campaign-canceled' }),
      null,
      ['campaign-canceled'],
    ],
    ['is the deadline where the message came too late for any decision', row('expired'), null, ['too-late']],
    [
      'is the end of its validity where the message waited at the carrier until then',
      row('failed', { error: '30036' }),
      null,
      ['too-late'],
    ],
    ["is the carrier's refusal", row('failed', { error: '21612' }), null, ['carrier-refused']],
    ['is the pause of the campaign that it waits for', row('planned'), 'campaign', ['campaign-paused']],
    [
      'is all that it waits for',
      row('planned', { stopped: 'Not paid.', heldBy: 'the TCPA' }),
      'journey',
      ['journey-paused', 'sender-stopped', 'quiet-hours'],
    ],
    ['is not known before the message was decided about', row('planned'), null, ['not-decided']],
    [
      'is not known while the message is being sent',
      row('sending', { heldBy: 'the TCPA' }),
      null,
      ['not-decided'],
    ],
  ];
  for (const [what, facts, paused, expected] of cases)
    it(what, () => {
      expect(codes(rulesOf(facts, { paused, now: at(-1) }))).to.deep.equal(expected);
    });

  it('is no quiet hour or cap once the message is due', () => {
    const hit = { limit: 1, carrier: 'T-Mobile' } as NonNullable<CauseFacts['dailyCap']>;
    const waits = row('planned', { heldBy: 'the TCPA', dailyCap: hit, stopped: 'Not paid.' });
    const rulesAt = (now: Date) => codes(rulesOf(waits, { paused: null, now }));
    expect(rulesAt(at(-1))).to.deep.equal(['sender-stopped', 'quiet-hours', 'carrier-daily-cap']);
    expect(rulesAt(at(0))).to.deep.equal(['sender-stopped']);
  });

  it('is not the carrier where a failed message may have arrived', () => {
    const failed = row('failed', { error: MAY_HAVE_ARRIVED[0] as string });
    expect(outcomeOf(failed)).to.equal('unknown');
    expect(codes(rulesOf(failed, { paused: null, now: at(0) }))).to.deep.equal(['marketing']);
  });

  it('says what canceled a message in a whole sentence', () => {
    const said = (endedBy: NonNullable<CauseFacts['endedBy']>) =>
      rulesOf(row('canceled', { endedBy }), { paused: null, now: at(0) }).map(({ sentence }) => sentence);
    expect(said('opt-out')).to.deep.equal(['Canceled before it was sent: the person opted out.']);
    expect(said('new-holder')).to.deep.equal(['Canceled before it was sent: the number has another holder.']);
  });
});

const TARGET: Target = { program: 'deals', topic: 'deals', sender: '28555', service: null };
type Entry = CauseEntry & { seq: number };
const entry = (seq: number, kind: EventKind, more: Partial<CauseEntry> = {}): Entry => ({
  seq,
  kind,
  program: 'deals',
  topics: [],
  scope: null,
  recordedAt: at(seq),
  ...more,
});

describe('the entries of the ledger behind a delivery', () => {
  const consent = (entries: Entry[], minute: number) => {
    const found = consentEntries(entries, TARGET, at(minute));
    return [found.consent?.seq ?? null, found.topicOn?.seq ?? null];
  };

  it('are the last confirmation before the decision, not a later one', () => {
    const entries = [
      entry(1, 'confirmed', { topics: ['deals'] }),
      entry(5, 'confirmed', { topics: ['deals'] }),
    ];
    expect(consent(entries, 3)).to.deep.equal([1, null]);
    expect(consent(entries, 0)).to.deep.equal([null, null]);
  });

  it('are of the program of the message', () => {
    expect(consent([entry(1, 'confirmed', { program: 'orders', topics: ['deals'] })], 3)).to.deep.equal([
      null,
      null,
    ]);
  });

  it('name the act that turned the topic on where the confirmation did not', () => {
    const entries = [
      entry(1, 'confirmed', { topics: ['news'] }),
      entry(2, 'topic-on', { topics: ['deals'] }),
      entry(3, 'topic-on', { topics: ['events'] }),
    ];
    expect(consent(entries, 9)).to.deep.equal([1, 2]);
    expect(consent([...entries, entry(4, 'confirmed', { topics: ['deals'] })], 9)).to.deep.equal([4, null]);
  });

  const stopped = (entries: Entry[], more: Partial<CauseFacts>, minute: number): number | null =>
    stoppedByEntry(entries, { ...row('skipped', more), createdAt: at(minute) }, TARGET, at(minute))?.seq ??
    null;
  const optedOut = { decision: { reasons: ['opted-out' as const] } };

  it('are the last opt-out before a refusal', () => {
    const all = { program: null, scope: 'all' as const };
    const entries = [
      entry(1, 'withdrawn', all),
      entry(2, 'confirmed'),
      entry(3, 'withdrawn', all),
      entry(8, 'withdrawn', all),
    ];
    expect(stopped(entries, optedOut, 5)).to.equal(3);
  });

  it('are the first opt-out after the planning of a message that an opt-out canceled', () => {
    const all = { program: null, scope: 'all' as const };
    const entries = [entry(1, 'withdrawn', all), entry(6, 'withdrawn', all), entry(8, 'withdrawn', all)];
    expect(stopped(entries, { state: 'canceled', endedBy: 'opt-out' }, 5)).to.equal(6);
  });

  it('are no opt-out of something else', () => {
    const entries = [
      entry(1, 'withdrawn', { program: 'orders', scope: 'program:orders' }),
      entry(2, 'topic-off', { scope: 'topic:deals/news' }),
    ];
    expect(stopped(entries, optedOut, 5)).to.equal(null);
    expect(
      stopped([...entries, entry(3, 'topic-off', { scope: 'topic:deals/deals' })], optedOut, 5),
    ).to.equal(3);
  });

  it('are none where no act stopped the message', () => {
    expect(stopped([entry(1, 'withdrawn')], { decision: { reasons: ['quiet-hours'] } }, 5)).to.equal(null);
  });
});

describe('the sentence about why a person was texted', () => {
  const act = (more: Partial<CauseAct> = {}): CauseAct => ({
    kind: 'confirmed',
    at: at(0),
    channel: 'VIA_TEXT',
    askedForBy: 'VIA_TEXT',
    words: 'YES',
    disclosure: null,
    seq: 2,
    ...more,
  });
  const parts = {
    became: 'Delivered.',
    stoppedBy: null,
    consent: act(),
    program: 'Fernway Deals',
    moment: () => 'May 20, 2026, 12:00 PM EDT',
  };
  const campaign = { kind: 'campaign' as const, name: 'Spring', segment: 'Everyone who lives in CA.' };
  const cases: [string, Parameters<typeof causeSentence>[0], string][] = [
    [
      'names consent, campaign and audience',
      { ...parts, row: row('delivered'), source: campaign },
      'Texted because the person agreed to texts of Fernway Deals by text (“YES”) on May 20, 2026, 12:00 PM EDT, and the campaign “Spring” went to everyone who lives in CA.',
    ],
    [
      'says how consent was asked for, and leaves out words that may not be read',
      {
        ...parts,
        row: row('sent'),
        consent: act({ askedForBy: 'WEB_FORM', words: null }),
        source: { kind: 'single' },
      },
      'Texted because the person agreed to texts of Fernway Deals by text, asked for on a web form, on May 20, 2026, 12:00 PM EDT, and it was sent to them alone, through the API.',
    ],
    [
      'admits that the ledger has no confirmation',
      { ...parts, row: row('accepted'), consent: null, source: { kind: 'journey', name: 'Welcome' } },
      'Texted because the person was subscribed to texts of Fernway Deals (the ledger has no confirmation of theirs), and the journey “Welcome” sent them this step.',
    ],
    [
      'names the text that a reply answers',
      {
        ...parts,
        row: row('delivered', { class: 'help' }),
        consent: null,
        source: { kind: 'text', at: at(0) },
      },
      'Texted because the person had texted us on May 20, 2026, 12:00 PM EDT.',
    ],
    [
      'names the question that was to be asked',
      { ...parts, row: row('delivered', { class: 'prompt' }), consent: null, source: { kind: 'single' } },
      'Texted because the person was to be asked whether they want texts of Fernway Deals.',
    ],
    [
      'does not claim that a message of unknown outcome left',
      {
        ...parts,
        became: 'Unknown: it may have reached the person or not.',
        row: row('unknown'),
        source: { kind: 'test' },
      },
      'Unknown: it may have reached the person or not; it was to be sent because the person agreed to texts of Fernway Deals by text (“YES”) on May 20, 2026, 12:00 PM EDT, and staff tested a template on this phone.',
    ],
    [
      'names what stopped the message, and the act behind it',
      {
        ...parts,
        became: 'Not sent: The person opted out.',
        row: row('skipped'),
        source: campaign,
        stoppedBy: act({ kind: 'withdrawn', askedForBy: null, words: 'STOP' }),
      },
      'Not sent: The person opted out; they opted out by text on May 20, 2026, 12:00 PM EDT; it was of the campaign “Spring”, which goes to everyone who lives in CA.',
    ],
    [
      'names no way where nobody stated one',
      {
        ...parts,
        became: 'Not sent: The person opted out.',
        row: row('skipped'),
        source: { kind: 'single' },
        stoppedBy: act({ kind: 'withdrawn', channel: 'NOT_STATED', askedForBy: null }),
      },
      'Not sent: The person opted out; they opted out on May 20, 2026, 12:00 PM EDT.',
    ],
  ];
  for (const [what, given, expected] of cases)
    it(what, () => {
      expect(causeSentence(given)).to.equal(expected);
    });
});
