'use strict';
// The browser of texts with any classes. Texts and names are set as text, never as HTML.
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const PAGE = 25;
  const embedded = (section) => JSON.parse(section.querySelector('script[type="application/json"]').textContent);

  for (const section of all('section.class-texts')) {
    const data = embedded(section);
    // The texts of an earlier section are on the page once.
    if (typeof data.texts === 'number') data.texts = embedded(document.querySelector(`[data-texts="${data.texts}"]`)).texts;
    const find = (name) => section.querySelector(`[name="${name}"]`);
    const [search, kind, choice, truth, predicted, list, status] = ['search', 'kind', 'row', 'truth', 'predicted', 'list', 'status'].map(find);
    const [reset, previous, next] = ['reset', 'previous', 'next'].map(find);
    const fields = [search, kind, choice, truth, predicted];
    const lower = data.texts.map((text) => text.toLowerCase());
    const everyRow = data.rows.map((_, index) => index);
    let page = 0;
    let found = [];

    // In how many of its trials a row predicts the class.
    const votes = (row, text, label) => {
      const { votes: told, predicted: mean, trials } = data.rows[row];
      if (told[text] === 0) return mean[text] === label ? trials : 0;
      return told[text].find(([known]) => known === label)?.[1] ?? 0;
    };
    const inQuestion = () => (choice.value === '' ? everyRow : [Number(choice.value)]);
    // One row disagrees with any of the others, which are shown beside it then.
    const rowsShown = () => {
      const rows = inQuestion();
      return rows.length === 1 && kind.value === 'disagree' ? [rows[0], ...everyRow.filter((row) => row !== rows[0])] : rows;
    };
    const wrong = (row, text) => data.rows[row].predicted[text] !== data.labels[text];
    const passes = {
      disagree: (text, rows) => rows.some((row) => data.rows[row].predicted[text] !== data.rows[rows[0]].predicted[text]),
      wrong: (text, rows) => rows.every((row) => wrong(row, text)),
      all: () => true,
    };
    const weight = (text, rows) => {
      const said = rows.map((row) => data.rows[row].truth[text]);
      return said.length === 1 ? 1000 - said[0] : Math.max(...said) - Math.min(...said);
    };

    const fact = (row, text) => {
      const { label, predicted: mean, p, truth: ofTruth, trials } = data.rows[row];
      const right = !wrong(row, text);
      const inTrials = (one) => `${votes(row, text, one)} of ${trials} trials`;
      const split = data.rows[row].votes[text] !== 0;
      let said = `${label}: ${data.classes[mean[text]]} ${(p[text] / 1000).toFixed(3)}`;
      if (split) said += ` (${inTrials(mean[text])})`;
      said += right ? ' ✓' : ` ✗, true class ${(ofTruth[text] / 1000).toFixed(3)}`;
      // The class that is asked for, where only some trials predict it.
      const asked = predicted.value === '' ? mean[text] : Number(predicted.value);
      if (split && asked !== mean[text]) said += `, ${data.classes[asked]} in ${inTrials(asked)}`;
      return element('span', said, right ? 'right' : 'wrong');
    };
    const show = () => {
      const rows = rowsShown();
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      page = Math.min(Math.max(page, 0), pages - 1);
      const items = found.slice(PAGE * page, PAGE * (page + 1)).map((text) => {
        const item = element('li');
        const facts = element('p', undefined, 'facts');
        facts.append(element('span', `#${text}`, 'index'), element('span', `true class ${data.classes[data.labels[text]]}`, 'label'));
        facts.append(...rows.map((row) => fact(row, text)));
        item.append(element('p', data.texts[text], 'text'), facts);
        return item;
      });
      list.replaceChildren(...items);
      status.textContent = `${found.length} of ${data.texts.length} texts; page ${page + 1} of ${pages}`;
      previous.disabled = page === 0;
      next.disabled = page >= pages - 1;
    };
    const update = () => {
      const [rows, shown] = [inQuestion(), rowsShown()];
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const [wanted, asked] = [truth, predicted].map((field) => (field.value === '' ? undefined : Number(field.value)));
      const passing = (text) => passes[kind.value](text, shown)
        && (wanted === undefined || data.labels[text] === wanted)
        && (asked === undefined || rows.some((row) => votes(row, text, asked) > 0))
        && words.every((word) => lower[text].includes(word));
      found = data.texts.map((_, text) => text).filter(passing);
      const weights = new Map(found.map((text) => [text, weight(text, shown)]));
      found.sort((a, b) => weights.get(b) - weights.get(a) || a - b);
      page = 0;
      show();
    };

    data.rows.forEach((row, index) => choice.append(new Option(row.label, String(index))));
    for (const select of [truth, predicted]) {
      data.classes.forEach((name, index) => select.append(new Option(name, String(index))));
    }
    for (const field of fields) field.addEventListener('input', update);
    reset.addEventListener('click', () => {
      for (const field of [search, choice, truth, predicted]) field.value = '';
      kind.value = 'disagree';
      update();
    });
    previous.addEventListener('click', () => { page -= 1; show(); });
    next.addEventListener('click', () => { page += 1; show(); });
    // A cell of the confusion matrix asks for its texts.
    section.parentElement.addEventListener('fsl-pick', (event) => {
      const index = data.rows.findIndex((row) => row.place === event.detail.row);
      if (index < 0) return;
      event.preventDefault();
      search.value = '';
      kind.value = 'all';
      choice.value = String(index);
      truth.value = String(event.detail.truth);
      predicted.value = String(event.detail.predicted);
      update();
      const heading = section.querySelector('h3');
      heading.focus({ preventScroll: true });
      heading.scrollIntoView();
    });
    if (data.rows.length === 1) kind.value = 'wrong';
    update();
  }
})();
