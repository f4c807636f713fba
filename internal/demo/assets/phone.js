// The phone works by forms alone. This script saves the reloads: cards come and
// change by themselves, and the answer to a tap is shown for a moment.

import { follow, motion, read, reconcile } from './live.js';

const scroll = document.querySelector('.scroll');
const newer = document.querySelector('.newer');
const toast = document.querySelector('.toast');
const alertBox = document.querySelector('dialog.alert');
const toastTime = 4000; // milliseconds
let unread = 0;
let fading = 0;

const messages = () => document.getElementById('messages');
// The list is laid out from below: the end is at 0, and older messages are above it.
const atEnd = () => scroll.scrollTop > -80;

// toEnd shows the newest message.
function toEnd() {
  scroll.scrollTo({ top: 0, behavior: motion() });
  seen();
}

// seen takes the counter of new messages away.
function seen() {
  unread = 0;
  newer.hidden = true;
}

// refresh takes over what changed in the chat.
async function refresh() {
  const { response, page } = await read('/demo/phone?part=1');
  const fresh = page.getElementById('messages');
  if (!response.ok || !fresh) return;
  const followed = atEnd();
  reconcile(messages(), fresh, {
    added: (item) => {
      item.classList.add('added');
      if (!item.matches('.in')) return;
      unread += 1;
      if (window.parent !== window) window.parent.postMessage('gatehouse: new message', location.origin);
    },
  });
  if (followed) {
    toEnd();
  } else if (unread) {
    newer.querySelector('.count').textContent = unread;
    newer.hidden = false;
  }
}

// show shows the bot's answer to a tap, as Telegram does.
function show(text, alert) {
  if (!text) return;
  if (alert) {
    alertBox.querySelector('p').textContent = text;
    alertBox.showModal();
    return;
  }
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => (toast.hidden = true), toastTime);
}

// post sends a form of the phone, and returns what the server says of it.
async function post(form, button) {
  const data = new URLSearchParams(new FormData(form, button));
  const response = await fetch(form.action, {
    method: 'POST',
    body: data,
    credentials: 'same-origin',
    headers: { Accept: 'application/json' },
  });
  if (!response.headers.get('Content-Type')?.startsWith('application/json')) throw new Error(await response.text());
  return response.json();
}

// tap presses a button of a card.
async function tap(form, button) {
  if (button.getAttribute('aria-busy')) return;
  button.setAttribute('aria-busy', 'true');
  try {
    const answer = await post(form, button);
    show(answer.text, answer.alert);
  } catch {
    show('The phone has no connection to gatehouse.');
  } finally {
    button.removeAttribute('aria-busy');
  }
}

// speak sends what was typed, or a command of the menu.
async function speak(form, button) {
  const menu = form.querySelector('.menu');
  try {
    const sent = post(form, button);
    if (!button?.value) form.elements.text.value = '';
    menu.open = false;
    const answer = await sent;
    show(answer.text, answer.alert);
    toEnd();
  } catch {
    show('The phone has no connection to gatehouse.');
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.matches('.keys')) {
    event.preventDefault();
    tap(form, event.submitter);
  } else if (form.matches('.say')) {
    event.preventDefault();
    speak(form, event.submitter);
  }
});

document.addEventListener('click', (event) => {
  const menu = document.querySelector('.menu');
  if (menu && !menu.contains(event.target)) menu.open = false;
  const link = event.target.closest('a[target=_blank]');
  if (link && link.origin === location.origin) link.target = 'blog'; // the pane beside this one
});

document.addEventListener('keydown', (event) => {
  const menu = document.querySelector('.menu');
  if (event.key === 'Escape' && menu) menu.open = false;
});

newer.addEventListener('click', toEnd);

scroll.addEventListener('scroll', () => {
  if (atEnd()) seen();
});

follow('/demo/phone/events', refresh);
if (!toast.hidden) show(toast.textContent);
