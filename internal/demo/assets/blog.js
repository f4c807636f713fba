// The blog's pages work by links and forms alone. This script saves the reloads:
// comments follow what the moderator decides, and the form stays where one is.

import { follow, motion, read, reconcile } from './live.js';

const desk = document.getElementById('desk'); // where the form is at home
const here = location.pathname;
const marks = {
  added: (item) => item.classList.add('added'),
  changed: (item) => {
    const mine = item.querySelector(':scope > article[data-mine]');
    if (mine) say(mine.querySelector('.note')?.textContent ?? 'Your comment is published.');
  },
  gone: (item) => {
    if (item.contains(form())) goHome();
  },
};

const form = () => document.getElementById('write');

// take makes this page's comments, or articles, look like those of page.
function take(page) {
  const thread = page.getElementById('thread');
  if (thread) {
    const mine = document.getElementById('thread');
    mine.querySelector('h2').textContent = thread.querySelector('h2').textContent;
    mine.querySelector('.empty').hidden = thread.querySelector('.empty').hidden;
    reconcile(mine.querySelector('.remarks'), thread.querySelector('.remarks'), marks);
  }
  const posts = page.getElementById('posts');
  if (posts) reconcile(document.getElementById('posts'), posts, marks);
}

// goHome puts the form back above the comments.
function goHome() {
  desk.append(form());
  form().elements.parent.value = '';
  form().querySelector('h2').textContent = 'Write a comment';
  form().querySelector('.answering').hidden = true;
}

// answer puts the form below the comment that link belongs to.
function answer(link) {
  const item = link.closest('li');
  const name = document.createElement('bdi');
  name.textContent = link.dataset.author;
  item.querySelector(':scope > .own').after(form());
  form().elements.parent.value = item.id;
  form().querySelector('h2').replaceChildren('Reply to ', name);
  form().querySelector('.answering').hidden = false;
  form().elements.text.focus();
}

// fill writes an example into the form.
function fill(chip) {
  const { name, text } = form().elements;
  name.value = chip.dataset.author;
  text.value = chip.dataset.text;
  for (const field of [name, text]) field.removeAttribute('aria-invalid');
  say('');
  complain('');
}

// say tells the writer what became of a comment.
function say(words) {
  form().querySelector('.status').textContent = words;
}

// complain shows one error above the form, in place of all others.
function complain(words) {
  for (const error of form().querySelectorAll('.error')) error.remove();
  if (!words) return;
  const error = document.createElement('p');
  error.className = 'error';
  error.setAttribute('role', 'alert');
  error.textContent = words;
  form().querySelector('.status').after(error);
}

// send posts the form and shows what came of it.
async function send() {
  const button = form().querySelector('[type=submit]');
  const data = new URLSearchParams(new FormData(form()));
  button.disabled = true;
  try {
    const { response, page } = await read(form().action, { method: 'POST', body: data });
    const fresh = page.getElementById('write');
    if (!fresh) {
      complain(`The blog answered ${response.status}: ${page.body.textContent.trim()}`);
    } else if (response.ok) {
      accepted(page, fresh);
    } else {
      form().replaceWith(document.importNode(fresh, true));
      form().querySelector('[aria-invalid]')?.focus();
    }
  } catch {
    complain('The blog does not answer at the moment. What you wrote is still here: please try again.');
  } finally {
    button.disabled = false;
  }
}

// accepted clears the form after a comment was kept, and shows the comment.
function accepted(page, fresh) {
  goHome();
  complain('');
  form().elements.text.value = '';
  form().elements.opened.value = fresh.elements.opened.value;
  say(fresh.querySelector('.status').textContent);
  take(page);
  document.getElementById(fresh.dataset.posted)?.scrollIntoView({ block: 'nearest', behavior: motion() });
}

document.addEventListener('click', (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest('a.reply, a.cancel, a.chip');
  if (!link || !form()) return;
  event.preventDefault();
  if (link.matches('.reply')) answer(link);
  if (link.matches('.chip')) fill(link);
  if (link.matches('.cancel')) {
    goHome();
    form().elements.text.focus();
  }
});

document.addEventListener('submit', (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  send();
});

follow('/demo/blog/events', async () => {
  const { response, page } = await read(here + '?part=1');
  if (response.ok) take(page);
});
