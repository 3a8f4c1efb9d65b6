// Saves a budget when something in it was changed, and shows the answer in place; without it the buttons do the same.
(() => {
  "use strict";
  let busy = false, pressed = false;
  const waiting = []; // buttons pressed meanwhile; null stands for a change alone

  const form = () => document.querySelector("form[data-live]");
  const fields = (of) => [...of.elements].filter((one) => one.id && one.name && one.type !== "hidden");
  const value = (one) => (one.type === "checkbox" ? one.checked : one.value);
  const state = (said, wrong) => {
    const shown = document.querySelector(".state");
    if (!shown) return;
    shown.textContent = said;
    shown.toggleAttribute("data-wrong", wrong);
  };

  const until = (is) => new Promise((done) => {
    const look = () => (is() ? done() : setTimeout(look, 20));
    look();
  });
  const isChanged = (one) => {
    if (one.type === "checkbox") return one.checked !== one.defaultChecked;
    if (one.tagName !== "SELECT") return one.value !== one.defaultValue;
    return [...one.options].some((each) => each.selected !== each.defaultSelected && (each.defaultSelected || one.selectedIndex > 0));
  };

  function wait(button) {
    if (button || !waiting.length) waiting.push(button);
  }

  async function send(button) {
    const sent = form();
    if (!sent) return;
    if (busy) { wait(button); return; }
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
      await until(() => !pressed); // a click on what would be replaced in the middle of it went to nothing
      replace(read, before, button);
    } catch {
      state(sent.dataset.failed, true);
      waiting.length = 0;
    } finally {
      busy = false;
    }
    if (waiting.length) send(waiting.shift());
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
      if (id !== kept) wait(null);
      else one.addEventListener("blur", () => send(null), { once: true }); // which the browser takes for no change
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
  document.addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    document.addEventListener(end, () => setTimeout(() => { pressed = false; }, 30));
  }
  const leave = () => { // whoever leaves in the middle of an entry finds it again
    const left = form();
    if (!left || left.dataset.left || !fields(left).some(isChanged)) return;
    left.dataset.left = "yes";
    navigator.sendBeacon(left.action, new URLSearchParams(new FormData(left)));
  };
  window.addEventListener("beforeunload", leave); // early enough for a page that is only loaded again
  window.addEventListener("pagehide", leave); // the only one that phones tell
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("click", (event) => {
    const file = event.target.closest("a[data-file]");
    if (file && busy) { // a file has what was typed a moment before
      event.preventDefault();
      until(() => !busy).then(() => location.assign(file.href));
      return;
    }
    const link = event.target.closest('a[href^="#"]');
    const aim = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (aim instanceof HTMLDetailsElement) aim.open = true;
    else aim?.closest("details")?.setAttribute("open", "");
  });
})();
