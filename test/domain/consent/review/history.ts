import type { ConsentState } from '../../../../src/domain/consent/consent-state.ts';
import type { OverturnEntry } from '../../../../src/domain/consent/overturn.ts';
import { type Overturned, overturn, type TextRead } from '../../../../src/domain/consent/overturn.ts';
import { readText } from '../../../../src/domain/words/read-text.ts';
import { wordRulesAt } from '../../../../src/domain/words/word-rules.ts';
import { type Step, take } from '../any-acts.ts';
import { type Conversation, converse } from '../conversation.ts';

/** A conversation with what the database would hold of it: a whole chain, every text as it was read, and how the person stood before each entry. */
export type History = {
  talk: Conversation;
  chain: OverturnEntry[];
  texts: TextRead[];
  before: ConsentState[];
  does: (step: Step) => void;
  says: (body: string, number?: string) => void;
  overturn: (seq: number, deactivatedAt?: Date) => Overturned;
};

export function history(): History {
  const talk = converse();
  const chain: OverturnEntry[] = [];
  const texts: TextRead[] = [];
  const before: ConsentState[] = [];
  const does = (step: Step): void => {
    const [was, recordedAt] = [talk.person, talk.now];
    const actedAt = new Date(recordedAt.getTime() - (step.do === 'text' ? step.ageMs : 0));
    if (step.do === 'text') {
      const { kind } = readText(step.body, { programs: [] }, wordRulesAt(actedAt));
      texts.push({ kind, receivedAt: actedAt, recordedAt });
    }
    take(talk, step);
    for (const { kind, program, topics, scope, reason, answers } of talk.ledger.slice(chain.length)) {
      const timer = kind === 'expired' ? 'job:expire-prompts' : 'job:end-holds';
      const actor = step.do === 'text' ? 'person' : step.do === 'sweep' ? timer : 'key:test';
      const entry = { seq: chain.length + 1, kind, program, topics, scope, reason, answers };
      const channel = step.do === 'text' ? 'VIA_TEXT' : step.do === 'leave' ? 'WEB_FORM' : 'NO_ACT';
      chain.push({ ...entry, actor, channel, actedAt, recordedAt });
      before.push(was);
    }
  };
  return {
    talk,
    chain,
    texts,
    before,
    does,
    says: (body, number = '28555') => does({ do: 'text', body, number, ageMs: 0, ordinary: false }),
    overturn: (seq, deactivatedAt) => {
      const nulls = { deactivatedAt: deactivatedAt ?? null, readAt: null };
      return overturn(talk.person, { seq, chain, texts, ...nulls });
    },
  };
}
