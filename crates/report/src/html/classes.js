'use strict';
// Per-class figures and the confusion matrix of a chosen row. Names are set as text, never as HTML.
(() => {
  const SVG = 'http://www.w3.org/2000/svg';
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const drawn = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  // Long names often differ at their ends only.
  const shortened = (name) => {
    const letters = Array.from(name);
    return letters.length > 24 ? `${letters.slice(0, 13).join('')}…${letters.slice(-10).join('')}` : name;
  };
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const [LARGEST, SMALLEST_LETTERS] = [10, 11];

  for (const section of all('section.classes')) {
    const data = JSON.parse(section.querySelector('script[type="application/json"]').textContent);
    const [choice, unit, order, zoom] = ['row', 'unit', 'order', 'zoom'].map((name) => section.querySelector(`[name="${name}"]`));
    const [frame, readout, list, total] = ['.matrix', '.readout', '.confusions', '.total'].map((part) => section.querySelector(part));
    const table = section.querySelector('table');
    const names = data.classes;
    const size = names.length;
    const places = names.map((_, place) => place);
    let row; // the chosen row
    let counts; // [true class, predicted class]
    let sums; // predictions of texts of each true class

    const share = (truth, predicted) => (sums[truth] ? counts[truth * size + predicted] / sums[truth] : 0);
    const choose = () => {
      row = data.rows[Number(choice.value)];
      counts = new Float64Array(size * size);
      sums = new Float64Array(size);
      for (const [truth, predicted, count] of row.cells) {
        counts[truth * size + predicted] = count;
        sums[truth] += count;
      }
    };

    // The table: one line per class, filled anew for every row, and sorted again as it was.
    const lines = places.map((place) => {
      const line = element('tr');
      const name = element('th');
      name.scope = 'row';
      // Long names break after these signs first.
      for (const part of names[place].split(/(?<=[_./-])/)) name.append(part, element('wbr'));
      line.append(name, ...Array.from({ length: 4 }, () => element('td')));
      return line;
    });
    table.tBodies[0].append(...lines);
    const fill = () => {
      lines.forEach((line, place) => {
        line.cells[1].textContent = String(row.support[place]);
        row.figures[place].forEach((figure, index) => {
          const cell = line.cells[index + 2];
          cell.textContent = (figure / 100).toFixed(2);
          cell.dataset.value = String(figure);
        });
      });
      const sorted = table.querySelector('th[aria-sort$="ending"]');
      if (!sorted) return;
      const direction = sorted.getAttribute('aria-sort');
      sorted.setAttribute('aria-sort', 'none');
      sorted.querySelector('button').click();
      if (sorted.getAttribute('aria-sort') !== direction) sorted.querySelector('button').click();
    };

    // The classes from the first line of the matrix to the last.
    const ordered = () => {
      const by = {
        given: () => 0,
        name: (a, b) => names[a].localeCompare(names[b], undefined, { numeric: true }),
        size: (a, b) => row.support[b] - row.support[a],
        recall: (a, b) => row.figures[a][1] - row.figures[b][1],
      };
      return [...places].sort((a, b) => by[order.value](a, b) || a - b);
    };

    // Texts of a true and a predicted class, where the page has any, and those of the row.
    const withTexts = section.parentElement.querySelector('.class-texts') !== null;
    const pick = (truth, predicted) => {
      if (!withTexts) return;
      const detail = { row: row.place, truth, predicted };
      const waits = section.parentElement.dispatchEvent(new CustomEvent('fsl-pick', { detail, cancelable: true }));
      if (waits) readout.textContent = 'The page does not hold the texts of this row.';
    };
    const words = (truth, predicted) => {
      const count = counts[truth * size + predicted];
      return `${count.toLocaleString()} of ${sums[truth].toLocaleString()} (${percent(share(truth, predicted))})`;
    };

    let matrix; // what is drawn
    let cursor = [0, 0]; // line and column of the marked cell
    const rest = () => {
      matrix.mark.setAttribute('visibility', 'hidden');
      all('text.marked', frame).forEach((text) => text.classList.remove('marked'));
      const more = withTexts ? '; click (or tap twice, or press Enter) for its texts' : '';
      readout.textContent = `Point at a cell, or move with the arrow keys, to read it${more}.`;
    };
    const mark = (line, column) => {
      cursor = [line, column];
      const { cell, left, top, shown, across, down } = matrix;
      const [truth, predicted] = [shown[line], shown[column]];
      matrix.mark.setAttribute('x', left + column * cell);
      matrix.mark.setAttribute('y', top + line * cell);
      matrix.mark.setAttribute('visibility', 'visible');
      all('text.marked', frame).forEach((text) => text.classList.remove('marked'));
      for (const label of [down[line], across[column]]) label?.classList.add('marked');
      readout.textContent = `True class ${names[truth]}, predicted ${names[predicted]}: ${words(truth, predicted)}`;
    };

    const labels = (shown, cell, left, top, letters) => {
      const label = (place, at) => {
        const made = drawn('text', { 'font-size': letters, ...at }, shortened(names[place]));
        made.append(drawn('title', {}, names[place]));
        return made;
      };
      const middle = (index) => (index + 0.5) * cell + 0.35 * letters;
      return {
        down: shown.map((place, index) => label(place, { x: left - 6, y: top + middle(index), 'text-anchor': 'end' })),
        across: shown.map((place, index) => label(place, { transform: `translate(${left + middle(index)} ${top - 6}) rotate(-90)` })),
      };
    };
    const cells = (shown, cell, left, top) => {
      const made = [];
      const gap = cell >= 8 ? 1 : 0;
      shown.forEach((truth, line) => shown.forEach((predicted, column) => {
        const count = counts[truth * size + predicted];
        if (count === 0) return;
        const [x, y] = [left + column * cell, top + line * cell];
        // By the root, or single errors would be as pale as none.
        const depth = 0.15 + 0.85 * Math.sqrt(share(truth, predicted));
        made.push(drawn('rect', {
          x, y, width: cell - gap, height: cell - gap, 'fill-opacity': depth.toFixed(2), class: truth === predicted ? 'hit' : 'miss',
        }));
        const text = unit.value === 'counts' ? String(count) : (100 * share(truth, predicted)).toFixed(cell >= 40 ? 1 : 0);
        const letters = Math.min(13, cell / (0.62 * text.length));
        if (cell < 18 || letters < 8) return;
        const at = { x: x + cell / 2, y: y + cell / 2 + 0.35 * letters, 'text-anchor': 'middle', 'font-size': letters.toFixed(1) };
        made.push(drawn('text', { ...at, class: depth > 0.8 ? 'on' : '' }, text));
      }));
      return made;
    };
    const margin = (letters) => 14 + Math.ceil(0.6 * letters * Math.max(...names.map((name) => Array.from(shortened(name)).length), 4));
    const draw = () => {
      const cell = Number(zoom.value);
      const named = cell >= SMALLEST_LETTERS;
      const letters = Math.min(13, cell - 1);
      const left = named ? margin(letters) : 2;
      const top = left;
      const shown = ordered();
      const [width, height] = [left + size * cell + 2, top + size * cell + 2];
      const svg = drawn('svg', { width, height, viewBox: `0 0 ${width} ${height}`, tabindex: '0', role: 'application' });
      const right = places.reduce((sum, place) => sum + counts[place * size + place], 0);
      const of = sums.reduce((sum, count) => sum + count, 0);
      svg.setAttribute('aria-roledescription', 'confusion matrix');
      svg.setAttribute('aria-label', `Confusion matrix of ${row.label}: ${size} classes, ${right} of ${of} predictions correct. Arrow keys move from cell to cell; the largest confusions are listed below.`);
      svg.append(drawn('rect', { x: left, y: top, width: size * cell, height: size * cell, class: 'paper' }));
      const { down, across } = named ? labels(shown, cell, left, top, letters) : { down: [], across: [] };
      const frameOfMark = drawn('rect', { width: cell, height: cell, class: 'mark', visibility: 'hidden' });
      svg.append(...cells(shown, cell, left, top), ...down, ...across, frameOfMark);
      if (named) {
        svg.append(drawn('text', { x: left - 6, y: top - 8, 'text-anchor': 'end', 'font-size': letters, class: 'axis' }, 'true ↓ predicted →'.slice(0, left > 120 ? 18 : 6)));
      }
      matrix = { cell, left, top, shown, down, across, mark: frameOfMark };
      listen(svg);
      frame.replaceChildren(svg);
      rest();
    };

    const listen = (svg) => {
      let tapped;
      const at = (event) => {
        const box = svg.getBoundingClientRect();
        const column = Math.floor((event.clientX - box.left - matrix.left) / matrix.cell);
        const line = Math.floor((event.clientY - box.top - matrix.top) / matrix.cell);
        return [line, column].every((place) => place >= 0 && place < size) ? [line, column] : undefined;
      };
      const point = (event) => {
        const found = at(event);
        if (found) mark(...found); else rest();
      };
      const keys = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      svg.addEventListener('pointermove', point);
      svg.addEventListener('pointerleave', rest);
      svg.addEventListener('focus', () => { if (svg.matches(':focus-visible')) mark(...cursor); });
      svg.addEventListener('blur', rest);
      svg.addEventListener('click', (event) => {
        const found = at(event);
        if (!found) return;
        mark(...found);
        // A finger cannot point without a tap: the first one reads a cell.
        const again = String(found) === String(tapped);
        tapped = found;
        if (event.pointerType === 'touch' && !again) return;
        pick(matrix.shown[found[0]], matrix.shown[found[1]]);
      });
      svg.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') pick(matrix.shown[cursor[0]], matrix.shown[cursor[1]]);
        const step = keys[event.key];
        if (!step) return;
        event.preventDefault();
        mark(...cursor.map((place, index) => Math.min(size - 1, Math.max(0, place + step[index]))));
        matrix.mark.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      });
    };

    const largest = () => {
      const errors = row.cells.filter(([truth, predicted]) => truth !== predicted);
      const weight = ([truth, predicted, count]) => (unit.value === 'counts' ? count : share(truth, predicted));
      errors.sort((a, b) => weight(b) - weight(a) || a[0] - b[0] || a[1] - b[1]);
      const items = errors.slice(0, LARGEST).map(([truth, predicted]) => {
        const said = `${names[truth]} → ${names[predicted]}: ${words(truth, predicted)}`;
        if (!withTexts) return element('li', said);
        const item = element('li');
        const button = element('button', said);
        button.type = 'button';
        button.addEventListener('click', () => pick(truth, predicted));
        item.append(button);
        return item;
      });
      list.replaceChildren(...(items.length ? items : [element('li', 'none')]));
    };
    const show = () => { draw(); largest(); };
    const update = () => {
      choose();
      total.textContent = row.trials > 1 ? `Summed over ${row.trials} trials.` : '';
      cursor = [0, 0];
      fill();
      show();
    };

    data.rows.forEach((one, index) => choice.append(new Option(one.label, String(index))));
    choice.value = String(data.first);
    // As large as the window has room for.
    const room = frame.clientWidth - 24;
    const named = Math.floor((room - margin(12)) / size);
    const fitting = named >= SMALLEST_LETTERS ? named : Math.floor(room / size);
    zoom.value = String(Math.min(48, Math.max(4, fitting)));
    choice.addEventListener('input', update);
    for (const field of [unit, order]) field.addEventListener('input', show);
    zoom.addEventListener('input', draw);
    update();
  }
})();
