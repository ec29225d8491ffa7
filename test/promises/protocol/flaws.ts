/** What can be taken away from the protocol, one by one, to see that the model notices. */
export const FLAWS = {
  'facts-before-flag': 'facts are read before the flag is up, and not again',
  'no-wait': 'an opt-out answers without waiting for flagged rows',
  'no-deadline': 'nobody looks at the deadline when writing to the socket',
  'deadline-from-after-flag': 'the lease is counted from after the flag was up',
  'no-epoch': 'recording an outcome names the state of the row, not its epoch',
  'second-stop-at-once': 'a second opt-out answers at once, since the first one does the work',
  'repeat-answers-for-newest':
    'an older opt-out that is posted again is answered as the newest, and waits for what is older than itself alone',
  'facts-from-second-client': 'facts are read by a client that may still speak to a former primary',
  'look-by-second-client':
    'an opt-out looks at flagged rows outside a session: a former primary may answer, or a new one whose view is behind',
  'flag-without-majority': 'a flag counts before a majority has it, and a failover rolls it back',
  'yes-ignores-generation': 'YES lifts whatever generation stands',
  'prompts-stay-open': 'an opt-out leaves questions open',
  'no-revision': 'a change of consent is written whatever was written since it was decided',
  'twiml-without-deadline': 'an HTTP answer is written however late',
  'number-not-checked': 'a message goes to the number on the row, whosever it is',
  'consent-not-read': 'the gate does not ask for confirmed consent',
  'receipt-of-any-attempt': 'a receipt of an earlier attempt settles a flagged row',
  'repeat-keeps-first-look': 'a repeated text takes over a row flagged anew while it waited',
  'repeat-of-a-create-call': 'a repeated text is given the answer that a dispatcher handed over, or may have',
  'gate-forgets-class': 'the gate lets a class through that an opt-out forbids',
  'confirmation-with-the-fact': 'the confirmation is planned before the opt-out has waited',
  'retired-at-once': 'a number gets a new holder without waiting for what is under way to the former one',
  'new-holder-alone':
    'an opt-out of whoever joined after "wrong number" leaves out what is under way to the one before',
  'former-holder-not-read': 'the gate does not ask whether the holder has left',
  'skewed-sweep': 'the sweep compares two wall clocks that differ by more than a lease and its slack',
  'clock-stands-still': 'a machine is suspended, and its monotonic clock with it',
} as const;

export type Flaw = keyof typeof FLAWS;
