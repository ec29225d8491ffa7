// The phones follow what happens, and forms send without a reload. Everything works without this file.
// The server reads once a second for all open pages; asking more often shows nothing new.
const REST_MS = 1000;
const MOST_REST_MS = 10_000;
let timer = 0;
let rest = REST_MS;
let asking = new AbortController();

/** Nothing is asked while nobody sees the page. */
function sleep() {
  clearTimeout(timer);
  asking.abort();
}

const marks = () =>
  [...document.querySelectorAll('[data-part]')].map((part) => part.dataset.mark ?? '').join();

const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;

/** Bubbles are matched by key: what is open stays open, and only a new one is announced. */
function patchList(list, fresh) {
  const known = new Map([...list.children].map((item) => [item.dataset.key, item]));
  let next = list.firstElementChild;
  for (const item of [...fresh.children]) {
    const old = known.get(item.dataset.key);
    known.delete(item.dataset.key);
    if (old !== undefined && old.dataset.mark === item.dataset.mark) {
      // A bubble that stays in its place is not moved: a move would take the focus away.
      if (old === next) next = next.nextElementSibling;
      else list.insertBefore(old, next);
      continue;
    }
    const details = item.querySelector('details');
    if (details !== null && old?.querySelector('details')?.open) details.open = true;
    if (old === undefined) item.classList.add('new');
    if (old === next) next = next?.nextElementSibling ?? null;
    old?.remove();
    list.insertBefore(item, next);
  }
  for (const gone of known.values()) gone.remove();
}

function patch(part) {
  const shown = document.querySelector(`[data-part="${part.dataset.part}"]`);
  if (shown === null || shown.dataset.mark === part.dataset.mark) return;
  const follows = isAtEnd(shown);
  const [list, fresh] = [shown, part].map((side) => side.querySelector(':scope > ol:has([data-key])'));
  if (list !== null && fresh !== null) patchList(list, fresh);
  else shown.replaceChildren(...part.childNodes);
  shown.dataset.mark = part.dataset.mark;
  if (follows) shown.scrollTop = shown.scrollHeight;
}

async function look() {
  sleep();
  if (document.hidden) return;
  const cut = document.getElementById('live-cut');
  asking = new AbortController();
  const { signal } = asking;
  try {
    const seen = new URLSearchParams({ seen: marks(), language: document.documentElement.lang });
    // Nobody's sign-in is read for this.
    const answer = await fetch(`/console/phones/live?${seen}`, { signal, credentials: 'omit' });
    if (!answer.ok) throw new Error('no figures');
    cut.dataset.at = answer.headers.get('x-seen-at') ?? cut.dataset.at;
    if (answer.status === 200) {
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const part of page.querySelectorAll('[data-part]')) patch(part);
    }
    cut.hidden = true;
    rest = REST_MS;
  } catch {
    // Another look began, or the page went out of sight.
    if (signal.aborted) return;
    cut.textContent = cut.dataset.words.replace('{time}', cut.dataset.at);
    cut.hidden = false;
    rest = Math.min(2 * rest, MOST_REST_MS);
  }
  if (asking.signal !== signal) return;
  timer = setTimeout(look, rest);
}

function say(form, words) {
  const fault = form.querySelector('.fault');
  const place = fault ?? document.getElementById('live-said');
  place.textContent = words;
  place.hidden = words === '';
  const field = fault === null ? null : form.querySelector('input[name="words"]:not([type="hidden"])');
  if (field !== null && words !== '') field.setAttribute('aria-invalid', 'true');
  else field?.removeAttribute('aria-invalid');
}

const newPress = () =>
  [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => byte.toString(36)).join('');

// Before the shell's own listener, which would let a form be sent once only.
document.addEventListener(
  'submit',
  async (event) => {
    const form = event.target;
    if (!form.hasAttribute('data-live')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.busy === 'yes') return;
    form.dataset.busy = 'yes';
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const { old, away } = document.getElementById('live-said').dataset;
    try {
      const headers = { 'x-live': '1' };
      const answer = await fetch(form.action, { method: 'POST', headers, body });
      const words = answer.status === 204 ? '' : await answer.text();
      say(form, answer.status === 403 ? old : words);
      if (answer.ok) {
        form.querySelector('[name="press"]').value = newPress();
        const field = form.querySelector('input[name="words"]');
        if (field !== null) field.value = '';
      }
    } catch {
      say(form, away);
    }
    delete form.dataset.busy;
    look();
  },
  true,
);

document.addEventListener('visibilitychange', () => {
  if (document.hidden) sleep();
  else look();
});
addEventListener('pagehide', sleep);
addEventListener('pageshow', ({ persisted }) => persisted && look());
for (const thread of document.querySelectorAll('.scroll')) thread.scrollTop = thread.scrollHeight;
if (document.querySelector('[data-part]') !== null) look();
