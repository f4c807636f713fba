// The phone works by links and forms alone. This script saves the reloads: cards
// come and change by themselves, the answer to a tap is shown for a moment,
// messages are answered and pictures enlarged in place.

import { follow, motion, read, reconcile } from './live.js';

const scroll = document.querySelector('.scroll');
const newer = document.querySelector('.newer');
const toast = document.querySelector('.toast');
const alertBox = document.querySelector('dialog.alert');
const viewer = document.querySelector('dialog.viewer');
const say = document.querySelector('.say');
const answering = document.querySelector('.answering');
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
  renewMenu(page.getElementById('menu'));
  reconcile(messages(), fresh, {
    added: (item) => {
      item.classList.add('added');
      if (!item.matches('.in')) return;
      unread += 1;
      if (window.parent !== window) window.parent.postMessage('gatehouse: new message', location.origin);
    },
  });
  fold();
  if (followed) {
    toEnd();
  } else if (unread) {
    newer.querySelector('.count').textContent = unread;
    newer.hidden = false;
  }
}

// renewMenu takes over the commands that the bot offers by now.
function renewMenu(fresh) {
  const menu = document.getElementById('menu');
  if (fresh && menu && menu.innerHTML !== fresh.innerHTML) menu.replaceWith(document.importNode(fresh, true));
}

// fold lets long quotes that can be folded be opened by a tap.
function fold() {
  for (const quote of document.querySelectorAll('.tg-expandable:not(.folds)')) {
    quote.classList.add('folds');
    if (quote.scrollHeight <= quote.clientHeight + 2) {
      quote.classList.remove('folds', 'tg-expandable'); // short enough as it is
      continue;
    }
    quote.tabIndex = 0;
    quote.setAttribute('role', 'button');
    quote.setAttribute('aria-expanded', 'false');
  }
}

// unfold opens or closes a folded quote.
function unfold(quote) {
  quote.setAttribute('aria-expanded', quote.classList.toggle('open'));
}

// replyTo makes the next message a reply to the one that link belongs to; without
// a link, to none.
function replyTo(link) {
  say.elements.reply.value = link ? new URL(link.href).searchParams.get('reply') : '';
  answering.querySelector('bdi').textContent = link?.dataset.from ?? '';
  answering.querySelector('p > span').textContent = link?.dataset.gist ?? '';
  answering.hidden = !link;
  if (link) say.elements.text.focus({ preventScroll: true });
}

// enlarge shows a picture over everything, as wide as there is room.
function enlarge(link) {
  const picture = viewer.querySelector('img');
  picture.className = '';
  picture.src = link.href;
  picture.alt = link.querySelector('img').alt;
  viewer.showModal();
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
    replyTo();
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

// touched does what a tap on a message does that is not on a button or a link.
function touched(target) {
  const quote = target.closest('.folds');
  const hidden = target.closest('.tg-spoiler');
  const bubble = target.closest('.bubble');
  if (quote) {
    unfold(quote);
  } else if (hidden) {
    hidden.classList.toggle('shown');
  } else if (bubble && getSelection().isCollapsed) {
    replyTo(bubble.querySelector('.reply'));
  }
}

document.addEventListener('click', (event) => {
  const menu = document.querySelector('.menu');
  if (menu && !menu.contains(event.target)) menu.open = false;
  const link = event.target.closest('a');
  if (!link) {
    touched(event.target);
  } else if (link.matches('.reply, .cancel, .photo')) {
    event.preventDefault();
    if (link.matches('.photo')) enlarge(link);
    else replyTo(link.matches('.reply') ? link : null);
  } else if (link.target === '_blank' && link.origin === location.origin) {
    link.target = 'blog'; // the pane beside this one
  }
});

viewer.addEventListener('click', (event) => {
  if (event.target.matches('img')) event.target.classList.toggle('actual');
  else if (event.target.matches('.film')) viewer.close();
});

document.addEventListener('keydown', (event) => {
  const menu = document.querySelector('.menu');
  if (event.key === 'Escape' && menu) menu.open = false;
  if (event.key === 'Escape' && event.target === say.elements.text) replyTo();
  if ((event.key === 'Enter' || event.key === ' ') && event.target.matches('.folds')) {
    event.preventDefault();
    unfold(event.target);
  }
});

newer.addEventListener('click', toEnd);

scroll.addEventListener('scroll', () => {
  if (atEnd()) seen();
});

fold();
follow('/demo/phone/events', refresh);
if (!toast.hidden) show(toast.textContent);
