'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Theme: as the system has it, light, dark. The choice is kept where the browser allows it.
  const themes = ['auto', 'light', 'dark'];
  const stored = () => { try { return localStorage.getItem('fsl-exp-theme'); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem('fsl-exp-theme', theme); } catch { /* private mode, or a file that may not */ } };
  const setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    $('theme').textContent = `Theme: ${theme}`;
  };
  setTheme(themes.includes(stored()) ? stored() : 'auto');
  $('theme').addEventListener('click', () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    setTheme(next);
    keep(next);
  });

  // Times are stored in seconds since 1970 and shown in the reader's own zone.
  for (const time of all('time[data-unix]')) {
    const date = new Date(1000 * Number(time.dataset.unix));
    time.dateTime = date.toISOString();
    time.textContent = date.toLocaleString();
  }

  // Tables are sorted by the buttons in their heads.
  const value = (row, column) => {
    const cell = row.cells[column];
    const raw = cell.dataset.value ?? cell.textContent.trim();
    const number = Number(raw);
    return raw !== '' && !Number.isNaN(number) ? number : raw;
  };
  const compare = (a, b) => {
    // Cells without a figure come last, whichever way the others go.
    if (a === '' || b === '') return 0;
    return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  };
  const sortBy = (table, column, direction) => {
    const body = table.tBodies[0];
    const sign = direction === 'ascending' ? 1 : -1;
    const rows = Array.from(body.rows).map((row) => [value(row, column), row]);
    rows.sort(([a], [b]) => (a === '') - (b === '') || sign * compare(a, b));
    body.append(...rows.map(([, row]) => row));
    all('th', table.tHead).forEach((head, index) => {
      head.setAttribute('aria-sort', index === column ? direction : 'none');
    });
  };
  for (const table of all('table.sortable')) {
    all('th button', table.tHead).forEach((button) => {
      const head = button.closest('th');
      button.addEventListener('click', () => {
        const first = head.dataset.first ?? 'ascending';
        const other = first === 'ascending' ? 'descending' : 'ascending';
        sortBy(table, head.cellIndex, head.getAttribute('aria-sort') === first ? other : first);
      });
    });
  }

  // Rows that do not hold the words are hidden.
  for (const field of all('input[data-filters]')) {
    const table = $(field.dataset.filters);
    const status = $(`${field.dataset.filters}-shown`);
    const rows = Array.from(table.tBodies[0].rows);
    field.addEventListener('input', () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      status.textContent = words.length ? `${shown} of ${rows.length}` : '';
    });
  }

  // The browser of texts. Texts are set as text, never as HTML.
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const PAGE = 25;
  const embedded = (section) => JSON.parse(section.querySelector('script[type="application/json"]').textContent);
  for (const section of all('section.texts')) {
    const data = embedded(section);
    // The texts of an earlier section are on the page once.
    if (typeof data.texts === 'number') data.texts = embedded(document.querySelector(`[data-texts="${data.texts}"]`)).texts;
    const find = (name) => section.querySelector(`[name="${name}"]`);
    const [search, kind, left, right, list, status] = ['search', 'kind', 'left', 'right', 'list', 'status'].map(find);
    const [previous, next] = ['previous', 'next'].map(find);
    const positive = (row, text) => data.rows[row].p[text] > 1000 * data.threshold;
    const lower = data.texts.map((text) => text.toLowerCase());
    let page = 0;
    let found = [];

    const everyRow = data.rows.map((_, index) => index);
    const rowsInQuestion = () => {
      const chosen = [left.value, right.value].filter((name) => name !== '').map(Number);
      return chosen.length ? [...new Set(chosen)] : everyRow;
    };
    // One row disagrees with any of the others, which are shown beside it then.
    const rowsShown = (rows) => {
      if (rows.length > 1 || kind.value !== 'disagree') return rows;
      return [...rows, ...everyRow.filter((row) => row !== rows[0])];
    };
    const passes = {
      disagree: (text, rows) => rowsShown(rows).some((row) => positive(row, text) !== positive(rows[0], text)),
      wrong: (text, rows) => rows.every((row) => positive(row, text) !== (data.labels[text] === 1)),
      missed: (text, rows) => data.labels[text] === 1 && rows.some((row) => !positive(row, text)),
      alarm: (text, rows) => data.labels[text] === 0 && rows.some((row) => positive(row, text)),
      all: () => true,
    };
    const spread = (text, rows) => {
      const said = rows.map((row) => data.rows[row].p[text]);
      // One row has no spread: where it is surest comes first.
      return rows.length === 1 ? Math.abs(said[0] - 1000 * data.threshold) : Math.max(...said) - Math.min(...said);
    };
    const show = () => {
      const rows = rowsShown(rowsInQuestion());
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      page = Math.min(Math.max(page, 0), pages - 1);
      const items = found.slice(PAGE * page, PAGE * (page + 1)).map((text) => {
        const item = element('li');
        item.append(element('p', data.texts[text], 'text'));
        const facts = element('p', undefined, 'facts');
        facts.append(element('span', `#${text}`, 'index'), element('span', `label ${data.labels[text]}`, `label label-${data.labels[text]}`));
        for (const row of rows) {
          const right = positive(row, text) === (data.labels[text] === 1);
          const said = (data.rows[row].p[text] / 1000).toFixed(3);
          facts.append(element('span', `${data.rows[row].label} ${said} ${right ? '✓' : '✗'}`, right ? 'right' : 'wrong'));
        }
        item.append(facts);
        return item;
      });
      list.replaceChildren(...items);
      status.textContent = `${found.length} of ${data.texts.length} texts; page ${page + 1} of ${pages}`;
      previous.disabled = page === 0;
      next.disabled = page >= pages - 1;
    };
    const update = () => {
      const rows = rowsInQuestion();
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const pass = passes[kind.value];
      found = [];
      for (let text = 0; text < data.texts.length; text += 1) {
        if (pass(text, rows) && words.every((word) => lower[text].includes(word))) found.push(text);
      }
      const shown = rowsShown(rows);
      const spreads = new Map(found.map((text) => [text, spread(text, shown)]));
      found.sort((a, b) => spreads.get(b) - spreads.get(a) || a - b);
      page = 0;
      show();
    };
    for (const select of [left, right]) {
      data.rows.forEach((row, index) => select.append(new Option(row.label, String(index))));
    }
    for (const field of [search, kind, left, right]) field.addEventListener('input', update);
    previous.addEventListener('click', () => { page -= 1; show(); });
    next.addEventListener('click', () => { page += 1; show(); });
    update();
  }
})();
