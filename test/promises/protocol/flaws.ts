/** The safeguards of the protocol, taken away one by one. The model must find a broken promise without each of them. */
export const PROTOCOL_FLAWS = {
  'facts-before-claim': 'facts are read before the row is claimed, and not again',
  'no-wait': 'an opt-out answers without waiting for claimed rows',
  'no-deadline': 'nobody looks at the deadline when writing to the socket',
  'deadline-from-after-claim': 'the lease is counted from after the claim',
  'no-attempt': 'recording an outcome names the state of the row, not its attempt',
  'second-stop-at-once': 'a second opt-out answers at once, since the first one does the work',
  'repeat-does-not-wait':
    'an opt-out that is posted again answers at once, since its first post does the work',
  'repeat-answers-for-newest':
    'an older opt-out that is posted again is answered as the newest, and waits for what is older than itself alone',
  'replay-plans-anew': 'a text that is posted again plans its answer once more, under a new id',
  'facts-from-second-client': 'facts are read by a client that may still speak to a former primary',
  'look-by-second-client':
    'an opt-out looks at claimed rows outside a session: a former primary may answer, or a new one whose view is behind',
  'claim-without-majority': 'a claim counts before a majority has it, and a failover rolls it back',
  'yes-ignores-generation': 'YES lifts whatever generation stands',
  'yes-does-not-wait': 'a YES that finds its prompt claimed decides at once',
  'prompt-counts-from-planning': 'a prompt counts from when it was planned, and not from its socket write',
  'prompt-counts-from-recording':
    'a prompt counts from when its outcome is recorded, and not from its socket write',
  'settled-before-marked': 'a prompt is recorded as accepted before it is noted that it was handed over',
  'receipt-settles-before-marking': 'a receipt settles a prompt before it is noted that it was handed over',
  'prompts-stay-open': 'an opt-out leaves prompts open',
  'no-revision': 'a change of consent is written whatever was written since it was decided',
  'order-not-kept': 'an answer waits for no earlier one to the same person',
  'order-of-texts-alone': 'an answer does not wait for those before it among the answers to one text',
  'order-of-planned-alone':
    'an answer waits for earlier ones that are planned, and not for those that are claimed',
  'number-not-checked': 'a message goes to the number on the row, whosever it is',
  'consent-not-read': 'the gate does not ask for confirmed consent',
  'receipt-of-any-attempt': 'a receipt of an earlier attempt settles a claimed row',
  'second-try-of-prompt': 'a prompt of unknown outcome goes once more',
  'second-try-again': 'an answer of unknown outcome goes once more, each time that it is not found',
  'gate-forgets-class': 'the gate lets a class through that an opt-out forbids',
  'stop-cancels-help': 'an opt-out cancels HELP',
  'confirmation-due-with-the-fact': 'the confirmation is due before the opt-out has waited',
  'confirmation-due-within-the-lease': 'the confirmation is due by itself sooner than a lease ends',
  'retired-at-once': 'a number gets a new holder without waiting for what is under way to the former one',
  'new-holder-alone':
    'an opt-out of whoever joined after "wrong number" leaves out what is under way to the one before',
  'former-holder-not-read': 'the gate does not ask whether the holder has left',
  'skewed-sweep': 'the sweep compares two wall clocks that differ by more than a lease and its slack',
  'clock-stands-still': 'a machine is suspended, and its monotonic clock with it',
} as const;

export type ProtocolFlaw = keyof typeof PROTOCOL_FLAWS;
