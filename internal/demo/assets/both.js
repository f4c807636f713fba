// On a narrow screen one pane is seen at a time: a dot says that the phone has
// something new.

const fresh = document.querySelector('.fresh');
const phone = document.getElementById('pick-phone');

window.addEventListener('message', (event) => {
  if (event.origin === location.origin && event.data === 'gatehouse: new message' && !phone.checked) fresh.hidden = false;
});
phone.addEventListener('change', () => {
  fresh.hidden = true;
});
