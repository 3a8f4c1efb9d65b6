// Saves a budget when something in it was changed, and shows the answer in place; without it the buttons do the same.
(() => {
  "use strict";
  let busy = false, again = null;

  const form = () => document.querySelector("form[data-live]");
  const fields = (of) => [...of.elements].filter((one) => one.id && one.name && one.type !== "hidden");
  const value = (one) => (one.type === "checkbox" ? one.checked : one.value);
  const state = (said, wrong) => {
    const shown = document.querySelector(".state");
    if (!shown) return;
    shown.textContent = said;
    shown.toggleAttribute("data-wrong", wrong);
  };

  async function send(button) {
    const sent = form();
    if (!sent) return;
    if (busy) { again = { button }; return; }
    busy = true;
    state(sent.dataset.saving, false);
    const data = new FormData(sent);
    if (button) data.append(button.name, button.value);
    const before = new Map(fields(sent).map((one) => [one.id, value(one)]));
    try {
      const answer = await fetch(sent.action, { method: "POST", body: new URLSearchParams(data), headers: { Accept: "text/html" } });
      const read = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
      if (!read.querySelector("form[data-live]")) { location.assign(answer.url); return; }
      replace(read, before, button);
    } catch {
      state(sent.dataset.failed, true);
      again = null;
    } finally {
      busy = false;
    }
    if (again) { const next = again; again = null; send(next.button); }
  }

  function replace(read, before, button) {
    const main = document.querySelector("main"), active = document.activeElement;
    const kept = active && active.id, caret = kept && active.selectionStart;
    const open = [...main.querySelectorAll("details")].map((one) => [one.id, one.open]);
    const scrolled = [...main.querySelectorAll(".wide")].map((one) => one.scrollLeft);
    const typed = fields(form()).filter((one) => before.has(one.id) && before.get(one.id) !== value(one)).map((one) => [one.id, value(one)]);
    main.replaceChildren(...read.querySelector("main").childNodes);
    document.title = read.title;
    for (const [id, is] of open) {
      const one = id && document.getElementById(id);
      if (one && is) one.open = true;
    }
    main.querySelectorAll(".wide").forEach((one, place) => { one.scrollLeft = scrolled[place] ?? 0; });
    for (const [id, was] of typed) { // what was typed while the answer was on its way
      const one = document.getElementById(id);
      if (!one) continue;
      if (one.type === "checkbox") one.checked = was; else one.value = was;
      if (id !== kept) again ??= { button: null };
    }
    const same = (button && [...main.querySelectorAll("button[name=do]")].find((one) => one.value === button.value && !one.disabled))
      || (kept && document.getElementById(kept));
    if (!same) return;
    same.focus({ preventScroll: true });
    try { if (caret !== null && caret !== undefined && same.id === kept) same.setSelectionRange(caret, caret); } catch { /* a field without a caret */ }
  }

  document.addEventListener("change", (event) => {
    if (event.target.form && event.target.form === form()) send(null);
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    send(event.submitter);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const aim = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (aim instanceof HTMLDetailsElement) aim.open = true;
    else aim?.closest("details")?.setAttribute("open", "");
  });
})();
