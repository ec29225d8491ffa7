// What pages do beyond links and forms: keys, and texts that hide again. Everything works without this file.
const TYPED_IN = 'input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]';
const isTyping = (target) => target.closest(TYPED_IN) !== null;

const press = (selector) => {
  const found = document.querySelector(selector);
  if (found instanceof HTMLOptionElement) choose(found);
  else found?.click();
};

// Choosing a saved answer fills the field beside it, in the place of the one chosen before. Typed words stay.
const fill = (select) => {
  const field = document.getElementById(select.dataset.fill);
  const { text } = select.selectedOptions[0]?.dataset ?? {};
  if (field === null || text === undefined) return;
  const { filled } = select.dataset;
  const isLast = filled !== undefined && field.value.endsWith(filled);
  const typed = (isLast ? field.value.slice(0, -filled.length) : field.value).trimEnd();
  if (!typed.endsWith(text)) field.value = typed === '' ? text : `${typed}\n${text}`;
  select.dataset.filled = text;
};
const choose = (option) => {
  option.selected = true;
  fill(option.closest('select'));
};
for (const select of document.querySelectorAll('select[data-fill]')) {
  select.addEventListener('change', () => fill(select));
}
for (const button of document.querySelectorAll('[data-without-script]')) button.hidden = true;

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = navigator.clipboard === undefined;
  button.addEventListener('click', () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    navigator.clipboard.writeText(field.value);
  });
}

const KEYS = {
  '/': () => (document.getElementById('find-number') ?? document.getElementById('look-number'))?.focus(),
  '?': () => document.getElementById('keys')?.showModal(),
  j: () => press('[data-key="j"]'),
  k: () => press('[data-key="k"]'),
  1: () => press('[data-key="1"]'),
  2: () => press('[data-key="2"]'),
  3: () => press('[data-key="3"]'),
  Enter: () => press('[data-key="Enter"]'),
};

document.addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (document.body.dataset.keys !== 'on' || ctrlKey || metaKey || altKey || isTyping(target)) return;
  const act = KEYS[key];
  // On a link or a button, Enter is that link or button.
  if (key === 'Enter' && target.closest('a, button, summary') !== null) return;
  if (act === undefined) return;
  event.preventDefault();
  act();
});

// A swap may remove what had the focus. The page then takes it, so that the next Tab does not begin at the top.
let hadFocus = false;
document.addEventListener('htmx:before:swap', () => {
  hadFocus = document.activeElement !== document.body;
});
document.addEventListener('htmx:after:swap', () => {
  if (hadFocus && document.activeElement === document.body) {
    document.getElementById('main')?.focus({ preventScroll: true });
  }
});

// A number that was shown on record is hidden again after the seconds that it names.
for (const shown of document.querySelectorAll('[data-hide-after]')) {
  setTimeout(() => shown.replaceChildren(shown.dataset.hidden ?? ''), Number(shown.dataset.hideAfter) * 1000);
}

// A second press while the first is under way sends nothing.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent === 'yes') event.preventDefault();
  else if (form.method === 'post' && !form.hasAttribute('hx-post')) form.dataset.sent = 'yes';
});
// The answer to this form is a file, so the page stays. It says so in the place of what was done before.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.file === undefined || event.defaultPrevented) return;
  document.querySelector('main > .notice[role="status"]')?.remove();
  const notice = document.createElement('p');
  notice.className = 'notice good';
  notice.setAttribute('role', 'status');
  notice.textContent = form.dataset.file;
  document.querySelector('main')?.prepend(notice);
  setTimeout(() => delete form.dataset.sent, 1000);
});
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
});
