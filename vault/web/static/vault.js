// Enhances pages that work without it: nothing here is needed to use the vault.
"use strict";

for (const button of document.querySelectorAll(".reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
}

for (const meter of document.querySelectorAll("[data-strength-for]")) {
  const input = document.getElementById(meter.dataset.strengthFor);
  const least = Number(meter.dataset.least);
  input.addEventListener("input", () => {
    const missing = least - Array.from(input.value).length;
    meter.hidden = input.value === "";
    meter.textContent =
      missing > 0 ? meter.dataset.short.replace("{count}", String(missing)) : meter.dataset.enough;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const area of document.querySelectorAll(".drop")) {
  const input = area.querySelector("input[type=file]");
  const over = (event) => {
    event.preventDefault();
    area.classList.add("over");
  };
  area.addEventListener("dragenter", over);
  area.addEventListener("dragover", over);
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    input.files = event.dataTransfer.files;
  });
}

for (const form of document.querySelectorAll("form[data-working]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    const note = document.createElement("p");
    note.setAttribute("role", "status");
    note.className = "hint";
    note.textContent = form.dataset.working;
    button.after(note);
    button.disabled = true;
  });
}

for (const form of document.querySelectorAll("form[data-consequence]")) {
  const note = form.querySelector("[data-consequence-note]");
  const usual = note.textContent;
  const boxes = form.querySelectorAll("input[name=ids]");
  let asked = 0;
  const tell = async () => {
    const chosen = Array.from(boxes).filter((box) => box.checked);
    const mine = ++asked;
    if (chosen.length === 0) {
      note.textContent = usual;
      return;
    }
    const query = new URLSearchParams(chosen.map((box) => ["ids", box.value]));
    const answer = await fetch(`${form.dataset.consequence}?${query}`);
    if (answer.ok && mine === asked) note.textContent = await answer.text();
  };
  for (const box of boxes) box.addEventListener("change", tell);
  const all = form.querySelector("[data-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
  }
}

// On the consent page a choice shows at once what it changes, as the button there does by hand.
for (const form of document.querySelectorAll("form[data-review]")) {
  let asked = 0;
  form.addEventListener("change", async () => {
    const mine = ++asked;
    const data = new FormData(form);
    data.set("action", "preview");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(data) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("will-see");
    if (mine !== asked || !fresh) return;
    // A choice that cannot be comes back as it was before: then only what is wrong is shown.
    const problem = answer.ok ? null : page.querySelector(".receipt-problem");
    if (problem) fresh.replaceChildren(fresh.querySelector("h2"), problem);
    document.getElementById("will-see").replaceWith(fresh);
  });
}

// A menu opened on a phone closes by Escape and when something else is touched.
for (const menu of document.querySelectorAll("details.more")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.open = false;
  });
}
