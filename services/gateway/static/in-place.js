// What htmx does on our pages: a part of a page is asked for and comes in place of the old one. The
// site answers with whole pages, with scripts or without. An answer that lacks the part (a refusal,
// the form to sign in, an error) is asked for once more as if there were no scripts, and the browser
// shows it; a form carries its Idempotency-Key, so that sending it twice is one deed.
'use strict';
(() => {
  const byItself = (elt) => elt.hasAttribute('data-live');
  const plainly = (elt) => {
    if (elt instanceof HTMLFormElement) elt.submit();
    else if (elt.href) location.assign(elt.href);
    else location.reload();
  };

  document.addEventListener('htmx:configRequest', ({ detail }) => {
    detail.headers.Accept = 'text/html';
    if (byItself(detail.elt)) detail.headers['By-Itself'] = '1'; // does not count as using the session
  });

  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    const { elt } = detail.requestConfig;
    const part = elt.closest('[data-hx-select]').dataset.hxSelect.split(' ')[0];
    const answer = new DOMParser().parseFromString(detail.serverResponse, 'text/html');
    const away = detail.xhr.status >= 500 || detail.xhr.status === 429;
    detail.shouldSwap = Boolean(answer.querySelector(part));
    // What a page asks for by itself can wait until the site is back.
    if (!detail.shouldSwap && !(away && byItself(elt))) plainly(elt);
  });

  document.addEventListener('htmx:sendError', ({ detail }) => {
    if (!byItself(detail.elt)) plainly(detail.elt);
  });

  // Focus stays where it was; where that is gone, it goes to what is wrong or to what is shown now.
  document.addEventListener('htmx:afterSettle', ({ target }) => {
    const wrong = target.querySelector?.('.errors');
    if (wrong) wrong.focus();
    else if (document.activeElement === document.body) document.getElementById('found')?.focus();
  });
})();
